"""How numbers are added up."""

def add(numbers):
    import torch
    from torch.utils.data import DataLoader

    torch.set_num_threads(2)
    tensor = torch.tensor(numbers, dtype=torch.float64)
    torch.save(tensor, "numbers.pt")
    batches = DataLoader(torch.load("numbers.pt"), batch_size=7, num_workers=2)
    return float(sum(batch.sum() for batch in batches))
