namespace Blockwire.Simulation.Tests;

/// <summary>What the caller wants of the disk: some blocks read, or written with a version of their own.</summary>
internal sealed class DiskOperation(ulong version, bool isWrite, int firstBlock, int blocks, TimeSpan invokedAt)
{
    /// <summary>Its name, and the version that a write gives to its blocks.</summary>
    public ulong Version { get; } = version;

    public bool IsWrite { get; } = isWrite;

    public int FirstBlock { get; } = firstBlock;

    public int Blocks { get; } = blocks;

    public int Bytes => Blocks * SimDisk.BlockBytes;

    public TimeSpan InvokedAt { get; } = invokedAt;

    /// <summary>Attempts that came to something on the disk.</summary>
    public int Executed { get; set; }

    public override string ToString() => $"{(IsWrite ? "write" : "read")} {Version} of blocks {FirstBlock}+{Blocks}";
}
