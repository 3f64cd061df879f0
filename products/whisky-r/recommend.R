# The whiskies most like a favourite, by twelve flavours that a panel scored from 0 to 4.

FLAVOURS <- c("Body", "Sweetness", "Smoky", "Medicinal", "Tobacco", "Honey", "Spicy", "Winey", "Nutty", "Malty",
              "Fruity", "Floral")

# Each distillery's flavours: a matrix with a row a distillery.
read_whiskies <- function(table = file.path("data", "whiskies.txt")) {
  rows <- read.csv(table, strip.white = TRUE)
  flavours <- as.matrix(rows[, FLAVOURS])
  rownames(flavours) <- rows$Distillery
  flavours
}

WHISKIES <- read_whiskies()

# The nearest by Euclidean distance, never the favourite itself; ties go by name, A before Z.
# A name that is not in the table gets no guess, but the names that come close to it.
nearest <- function(favourite, count = 5, whiskies = WHISKIES) {
  if (!favourite %in% rownames(whiskies)) {
    return(list(favourite = favourite, known = FALSE, near_names = I(near_names(favourite, whiskies)), whiskies = list()))
  }
  others <- whiskies[rownames(whiskies) != favourite, , drop = FALSE]
  distance <- sqrt(rowSums(sweep(others, 2, whiskies[favourite, ])^2))
  first <- head(order(distance, rownames(others), method = "radix"), count)
  found <- lapply(first, function(row) list(name = rownames(others)[row], distance = round(distance[[row]], 4)))
  list(favourite = favourite, known = TRUE, near_names = list(), whiskies = found)
}

# Names of the table that are spelt much like this one, the closest first, whatever the case.
near_names <- function(name, whiskies = WHISKIES) {
  known <- rownames(whiskies)
  letters_changed <- adist(name, known, ignore.case = TRUE)[1, ]
  alike <- letters_changed / pmax(nchar(name), nchar(known))
  head(known[order(alike)][sort(alike) <= 0.4], 3)
}

# How much each flavour adds to each squared distance: exact, and the sum is the whole.
explain <- function(favourite, count = 5, whiskies = WHISKIES) {
  found <- nearest(favourite, count, whiskies)$whiskies
  parts <- lapply(found, function(whisky) {
    list(name = whisky$name, squared_distance = as.list((whiskies[favourite, ] - whiskies[whisky$name, ])^2))
  })
  list(favourite = favourite, explained = parts)
}
