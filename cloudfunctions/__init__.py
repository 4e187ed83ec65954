"""Cloud functions of Nuanxinmiao: one folder a feature, `common` the machinery below them."""
