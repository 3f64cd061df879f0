# Runs an analyst's R in a process of its own: a JSON request a line in, a JSON answer a line out.
# Each line begins with eight letters that name the request.
# What the code prints goes to the log, since descriptor 1 is the log: answers have a pipe of their own.
suppressWarnings(suppressMessages(library(jsonlite)))
given <- commandArgs(trailingOnly = TRUE)
requests <- file(paste0("/dev/fd/", given[1]), open = "r")
answers <- file(paste0("/dev/fd/", given[2]), open = "w")
code <- given[3]
name <- given[4]

send <- function(answer) {
  line <- toJSON(answer, auto_unbox = TRUE, digits = NA, null = "null", na = "null")
  writeLines(paste0("00000000", enc2utf8(as.character(line))), answers, useBytes = TRUE)
  flush(answers)
}

# What went wrong, never its text, which may hold values: that is for the log.
failed <- function(error) {
  message(conditionMessage(error))
  list(kind = class(error)[1], where = basename(code))
}

call_it <- function(wanted, request) {
  if (is.list(request) && !is.null(names(request))) do.call(wanted, request) else wanted(request)
}

# A script that reads JSON from standard input and writes JSON to standard output, run anew for each request.
script <- function(request) {
  text <- as.character(toJSON(request, auto_unbox = TRUE, digits = NA, null = "null"))
  around <- new.env()
  around$stdin <- function() rawConnection(charToRaw(text), open = "rb")
  around$file <- function(description = "", ...) {
    if (identical(description, "stdin")) rawConnection(charToRaw(text), open = "rb") else base::file(description, ...)
  }
  said <- capture.output(sys.source(code, envir = new.env(parent = around)))
  fromJSON(paste(said, collapse = "\n"), simplifyVector = FALSE)
}

product <- new.env()
loaded <- tryCatch({
  if (nchar(name) == 0) function(...) script(list(...)) else {
    sys.source(code, envir = product)
    get(name, envir = product, mode = "function")
  }
}, error = function(error) { send(list(failed = failed(error))); NULL })

if (!is.null(loaded)) {
  calls <- list(predict = loaded)
  if (exists("explain", envir = product, mode = "function", inherits = FALSE)) calls$explain <- product$explain
  send(list(ready = I(names(calls))))
  while (length(line <- readLines(requests, n = 1, warn = FALSE)) > 0) {
    answer <- tryCatch({
      asked <- fromJSON(substring(line, 9), simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
      text <- toJSON(list(answer = call_it(calls[[asked$call]], asked$request)),
                     auto_unbox = TRUE, digits = NA, null = "null", na = "null")
      as.character(text)
    }, error = function(error) as.character(toJSON(list(error = failed(error)), auto_unbox = TRUE)))
    writeLines(paste0(substr(line, 1, 8), enc2utf8(answer)), answers, useBytes = TRUE)
    flush(answers)
  }
}
