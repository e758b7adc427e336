resource "aws_s3_bucket" "artifacts" {
  bucket = "parts-artifacts-${var.environment}"
}

resource "aws_iam_role_policy" "agents" {
  policy = <<-EOF
  {"Statement": [{"Effect": "Allow", "Resource": "arn:aws:s3:::parts-artifacts-${var.environment}/*"}]}
  EOF
}

resource "aws_ecr_repository" "images" {
  for_each = toset(var.repositories)
  name     = each.value
}
