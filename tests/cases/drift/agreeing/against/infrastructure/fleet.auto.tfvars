environment = "prod"
fleets = {
  "large" = {
    labels = "LARGE linux"
    image  = "stock"
  }
}
repositories = [
  "build_image",
  "test_image"
]
