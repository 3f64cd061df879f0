product <- new.env()
before <- setwd("../..")
sys.source("recommend.R", envir = product)
setwd(before)

test_that("the nearest to Macallan are those that were found by hand", {
  found <- product$nearest("Macallan")$whiskies
  expect_equal(vapply(found, function(whisky) whisky$name, ""),
               c("Glendronach", "Glendullan", "RoyalLochnagar", "Auchroisk", "Dailuaine"))
  expect_equal(vapply(found, function(whisky) whisky$distance, 0), c(2, 2.8284, 2.8284, 3, 3))
})
