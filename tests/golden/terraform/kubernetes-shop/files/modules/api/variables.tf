variable "namespace" {
  description = "The namespace of all objects."
  type        = string
}

variable "labels" {
  description = "Labels of every object."
  type        = map(string)
}

variable "secret_name" {
  description = "The Secret that containers read secrets from."
  type        = string
}

variable "service_type" {
  description = "Who reaches the service api: ClusterIP, NodePort or LoadBalancer."
  type        = string

  validation {
    condition     = contains(["ClusterIP", "NodePort", "LoadBalancer"], var.service_type)
    error_message = "Give ClusterIP, NodePort or LoadBalancer."
  }
}

variable "replicas" {
  description = "How many pods of api run."
  type        = number

  validation {
    condition     = var.replicas >= 0 && floor(var.replicas) == var.replicas
    error_message = "Give a whole number that is not negative."
  }
}

variable "image" {
  description = "The image of api."
  type        = string

  validation {
    condition     = length(var.image) > 0
    error_message = "Give an image."
  }
}

variable "limits" {
  description = "What api may use at most."
  type        = map(string)
}

variable "environment" {
  description = "Environment variables of api."
  type        = map(string)
}

variable "max_unavailable" {
  description = "How many pods of api may be away while nodes are drained: a number or a percentage."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+%?$", var.max_unavailable))
    error_message = "Give a number or a percentage."
  }
}

variable "http_host" {
  description = "The host name of api."
  type        = string

  validation {
    condition     = length(var.http_host) > 0
    error_message = "Give a host name."
  }
}
