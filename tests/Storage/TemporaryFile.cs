namespace Blockwire.Storage.Tests;

/// <summary>A path for one test, gone with it.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public const string MemoryDirectory = "/dev/shm";

    public TemporaryFile(string? directory = null) =>
        Path = System.IO.Path.Combine(directory ?? System.IO.Path.GetTempPath(), $"blockwire-{Guid.NewGuid():N}.img");

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}
