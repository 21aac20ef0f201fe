using System.Globalization;
using Blockwire.Cli.Clients;
using Blockwire.Storage;

namespace Blockwire.Cli.Copying;

/// <summary>A source or a target of a copy: a disk, in bytes, whose failures are exceptions with a line for the user.</summary>
/// <param name="device">The disk; not owned.</param>
/// <param name="name">What messages call it.</param>
/// <param name="identity">What tells it from any other, and stays.</param>
/// <param name="owned">Closed with it.</param>
internal class CopyEnd(IBlockDevice device, string name, string identity, IAsyncDisposable owned) : IAsyncDisposable
{
    // Long enough that few commands are needed, short enough that a target without a fast way to zeros answers in time.
    private const long MostZeroBytes = 16 << 20;

    /// <summary>What messages call it.</summary>
    public string Name => name;

    /// <summary>What tells it from any other, and stays for as long as its content is its own.</summary>
    public string Identity => identity;

    /// <summary>What changes with the content, as far as anybody tells: a file's time. Empty when nothing does.</summary>
    public string Version { get; init; } = "";

    /// <summary>It was made for this copy: it reads as zeros wherever nothing was written.</summary>
    public bool IsNew { get; init; }

    /// <summary>Bytes of it.</summary>
    public long LengthBytes => (long)device.Traits.LengthBytes;

    /// <summary>Bytes in a block.</summary>
    public int BlockBytes => (int)device.Traits.BlockBytes;

    /// <summary>Nothing may change it.</summary>
    public bool IsReadOnly => device.Traits.ReadOnly;

    /// <summary>Reads whole blocks.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public virtual async Task ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken) =>
        Check(await device.ReadAsync(Block(offset), into, cancellationToken), "reading", offset);

    /// <summary>Writes whole blocks.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public virtual async Task WriteAsync(long offset, ReadOnlyMemory<byte> from, CancellationToken cancellationToken) =>
        Check(await device.WriteAsync(Block(offset), from, forceUnitAccess: false, cancellationToken), "writing", offset);

    /// <summary>What was written is on stable storage when it ends.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public virtual async Task FlushAsync(CancellationToken cancellationToken) => Check(await device.FlushAsync(cancellationToken), "flushing", 0);

    /// <summary>Makes whole blocks read as zeros, unmapped where the disk can.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public async Task ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        for (long at = 0; at < length; at += MostZeroBytes)
        {
            ulong blocks = Block(Math.Min(MostZeroBytes, length - at));
            IoStatus status = await device.WriteZeroesAsync(Block(offset + at), blocks, mayUnmap: true, forceUnitAccess: false, cancellationToken);
            Check(status, "writing zeros", offset + at);
        }
    }

    /// <summary>Whether what begins at an offset is a hole that reads as zeros, and how far that holds.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public async Task<(bool IsHole, long Length)> ExtentAsync(long offset, long most, CancellationToken cancellationToken)
    {
        ExtentStatus extent = await device.QueryExtentAsync(Block(offset), Block(most), cancellationToken);
        Check(extent.Status, "asking for holes", offset);
        return (extent.State == ProvisioningState.Deallocated, (long)extent.BlockCount * BlockBytes);
    }

    public async ValueTask DisposeAsync() => await owned.DisposeAsync();

    private ulong Block(long bytes) => (ulong)(bytes / BlockBytes);

    private void Check(IoStatus status, string what, long offset)
    {
        if (status != IoStatus.Ok)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{name}: {what} failed at byte {offset}: {Words(status)}"));
        }
    }

    private static string Words(IoStatus status) => status switch
    {
        IoStatus.OutOfRange => "beyond the end; has it become smaller?",
        IoStatus.WriteProtected => "it is write protected",
        IoStatus.ReadError => "the medium does not give the data back; see the system's log",
        IoStatus.WriteError => "the medium does not take the data; see the system's log",
        IoStatus.NoSpace => "no space is left; free some and resume",
        IoStatus.NotSupported => "it does not offer that",
        _ => "it is not ready, or gone",
    };
}
