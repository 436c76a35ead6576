print("sjgen")
