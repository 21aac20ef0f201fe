using System.Threading.Channels;
using Blockwire.Storage;

namespace Blockwire.Target.Tests;

/// <summary>A disk whose reads end when a test lets them, on the test's thread.</summary>
internal sealed class SlowDisk : IBlockDevice
{
    private readonly MemoryDisk _memory = new(1 << 20);
    private readonly Channel<Pending> _reads = Channel.CreateUnbounded<Pending>();

    public DeviceTraits Traits => _memory.Traits with { CompletesInline = false };

    /// <summary>Thrown by every write.</summary>
    public Exception? Defect { get; set; }

    /// <summary>Ends a read with "cancelled" when it is cancelled; else it goes on until it is let go.</summary>
    public bool HonoursCancellation { get; set; } = true;

    /// <summary>The next read that has come.</summary>
    public async Task<Pending> NextReadAsync()
    {
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(10));
        return await _reads.Reader.ReadAsync(late.Token);
    }

    public async ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        Pending pending = new(cancellationToken);
        using CancellationTokenRegistration registration = cancellationToken.Register(() =>
        {
            pending.Cancelled.TrySetResult();
            if (HonoursCancellation)
            {
                pending.Gate.TrySetCanceled(cancellationToken);
            }
        });
        _reads.Writer.TryWrite(pending);
        await pending.Gate.Task.ConfigureAwait(false);
        return await _memory.ReadAsync(lba, into, CancellationToken.None).ConfigureAwait(false);
    }

    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken) =>
        Defect is null ? _memory.WriteAsync(lba, from, forceUnitAccess, cancellationToken) : throw Defect;

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => _memory.FlushAsync(cancellationToken);

    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => _memory.UnmapAsync(lba, blockCount, cancellationToken);

    public ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        _memory.WriteZeroesAsync(lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken);

    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        _memory.QueryExtentAsync(lba, maxBlocks, cancellationToken);

    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return false;
    }

    public ValueTask DisposeAsync() => _memory.DisposeAsync();

    internal sealed class Pending(CancellationToken token)
    {
        public CancellationToken Token { get; } = token;

        /// <summary>Continuations run where it is set: on a thread that is none of the server's.</summary>
        public TaskCompletionSource Gate { get; } = new();

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void LetGo() => Gate.TrySetResult();
    }
}
