"""Money: revenue and agreements in, exact shares, payments and statements out."""
