namespace Blockwire.Initiator.Tests;

/// <summary>A state folder that goes when the test is over.</summary>
internal sealed class StateScratch : IDisposable
{
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"blockwire-{Guid.NewGuid():N}");

    /// <summary>An environment in which only this folder is known.</summary>
    public string? Variable(string name) => name == "BLOCKWIRE_STATE" ? Folder : null;

    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
