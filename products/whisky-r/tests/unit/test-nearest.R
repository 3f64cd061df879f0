product <- new.env()
before <- setwd("../..")
sys.source("recommend.R", envir = product)
setwd(before)

made <- rbind(Peat = rep(4, 12), Reek = c(rep(4, 11), 3), Loam = c(rep(4, 11), 3), Bloom = rep(0, 12))
colnames(made) <- product$FLAVOURS
names_of <- function(found) vapply(found$whiskies, function(whisky) whisky$name, "")

test_that("the nearest comes first and the favourite never", {
  expect_equal(names_of(product$nearest("Peat", whiskies = made)), c("Loam", "Reek", "Bloom"))
})

test_that("an unknown name gets near names and no guess", {
  found <- product$nearest("peet", whiskies = made)
  expect_false(found$known)
  expect_equal(as.character(found$near_names), "Peat")
  expect_length(found$whiskies, 0)
})

test_that("the parts of an explanation add up to the squared distance", {
  part <- product$explain("Peat", 1, made)$explained[[1]]
  expect_equal(sum(unlist(part$squared_distance)), 1)
})
