output "fleet" {
  value = templatefile("${path.module}/templates/fleet.yaml.tpl", { fleets = var.fleets })
}
