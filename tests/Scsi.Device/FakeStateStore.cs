namespace Blockwire.Scsi.Device.Tests;

/// <summary>Keeps documents in memory, and fails as it is told.</summary>
internal sealed class FakeStateStore : IUnitStateStore
{
    public Dictionary<string, byte[]> Documents { get; } = [];

    public bool Fails { get; set; }

    public byte[]? Read(string name) => Documents.GetValueOrDefault(name);

    public async ValueTask ReplaceAsync(string name, ReadOnlyMemory<byte> document)
    {
        byte[] copy = document.ToArray();
        await Task.Yield();
        if (Fails)
        {
            throw new UnitStateException("no space left");
        }

        Documents[name] = copy;
    }
}
