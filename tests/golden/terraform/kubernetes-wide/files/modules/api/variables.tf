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

variable "uploads_size" {
  description = "How much storage uploads of api asks for."
  type        = string

  validation {
    condition     = can(regex("^[0-9.]+([kMGTPE]i?)?$", var.uploads_size))
    error_message = "Give a size, such as 8Gi."
  }
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

variable "environment" {
  description = "Environment variables of api."
  type        = map(string)
}

variable "proxy_1_image" {
  description = "The image of proxy-1."
  type        = string

  validation {
    condition     = length(var.proxy_1_image) > 0
    error_message = "Give an image."
  }
}

variable "proxy_1_environment" {
  description = "Environment variables of proxy-1."
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

variable "admin_host" {
  description = "The host name of api."
  type        = string

  validation {
    condition     = length(var.admin_host) > 0
    error_message = "Give a host name."
  }
}

variable "_2_seed_scratch_size" {
  description = "How much storage scratch of api-2-seed asks for."
  type        = string

  validation {
    condition     = can(regex("^[0-9.]+([kMGTPE]i?)?$", var._2_seed_scratch_size))
    error_message = "Give a size, such as 8Gi."
  }
}

variable "_2_seed_image" {
  description = "The image of seed."
  type        = string

  validation {
    condition     = length(var._2_seed_image) > 0
    error_message = "Give an image."
  }
}

variable "_2_seed_environment" {
  description = "Environment variables of seed."
  type        = map(string)
}

variable "known_net_host" {
  description = "What net reports as host."
  type        = string
}
