"""Provider staff looking into a customer's files: reasons and consent."""
