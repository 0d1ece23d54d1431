terraform {
  required_version = ">= 1.5"

  backend "s3" {
    bucket = "shop-tf"
    key    = "staging.tfstate"
  }

  required_providers {
    docker = {
      source  = "kreuzwerker/docker"
      version = ">= 3.6.0, < 5.0.0"
    }
  }
}

provider "docker" {
  host = var.docker_host
}
