output "url" {
  description = "What cache reports as url."
  value       = "redis://app:${var.secret_cache_app}@cache:6379"
  sensitive   = true
}
