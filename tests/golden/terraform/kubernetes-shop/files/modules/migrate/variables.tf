variable "namespace" {
  description = "The namespace of all objects."
  type        = string
}

variable "labels" {
  description = "Labels of every object."
  type        = map(string)
}

variable "image" {
  description = "The image of migrate."
  type        = string

  validation {
    condition     = length(var.image) > 0
    error_message = "Give an image."
  }
}

variable "environment" {
  description = "Environment variables of migrate."
  type        = map(string)
}
