import routes
