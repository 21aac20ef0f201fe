using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>A disk in memory that does what it is told, and fails as it is told. Completes inline.</summary>
internal sealed class FakeDisk : IBlockDevice
{
    private readonly byte[] _bytes;
    private readonly bool[] _deallocated;
    private readonly ProtectionInformation[] _protection;

    public FakeDisk(
        uint blockBytes = 512, ulong blockCount = 1024, bool readOnly = false, Support zeroes = Support.Native, uint physicalBytes = 0, ulong? shownBlocks = null, bool keeps = false)
    {
        Traits = new DeviceTraits(
            blockBytes, shownBlocks ?? blockCount, Support.Native, Support.Native, zeroes, readOnly, true, Math.Max(physicalBytes, blockBytes), 1)
        {
            AtomicWriteBlocks = 256,
            KeepsProtection = keeps,
        };
        _protection = [.. Enumerable.Repeat(ProtectionInformation.Unset, keeps ? (int)blockCount : 0)];
        _bytes = new byte[blockCount * blockBytes];
        _deallocated = new bool[blockCount];
    }

    public DeviceTraits Traits { get; set; }

    /// <summary>Blocks that the disk finds itself longer by when it looks.</summary>
    public ulong Growth { get; set; }

    /// <summary>What the next operations answer instead of doing anything.</summary>
    public IoStatus Failure { get; set; }

    /// <summary>Lend pages?</summary>
    public bool Lends { get; set; }

    /// <summary>Complete later, on another thread?</summary>
    public bool Late { get; set; }

    /// <summary>Called at the start of every read, write, unmap and zeroing, on its thread, with the number of its bytes.</summary>
    public Action<ulong>? OnCall { get; set; }

    /// <summary>Reads go on once this has completed, and keep no thread until then.</summary>
    public Task Open { get; set; } = Task.CompletedTask;

    /// <summary>What space it says it takes.</summary>
    public SpaceUsage? Space { get; set; }

    public int SpaceQueries { get; private set; }

    /// <summary>Does it take the advice to read ahead?</summary>
    public bool Prefetches { get; set; }

    public (ulong Lba, ulong BlockCount) LastPrefetch { get; private set; }

    public int Flushes { get; private set; }

    public int Writes { get; private set; }

    public int ForcedWrites { get; private set; }

    public int Zeroings { get; private set; }

    public bool LastZeroingMayUnmap { get; private set; }

    public Span<byte> Bytes(ulong lba, int blocks) =>
        _bytes.AsSpan((int)(lba * Traits.BlockBytes), blocks * (int)Traits.BlockBytes);

    /// <summary>The protection information of its blocks, to look at and to spoil.</summary>
    public Span<ProtectionInformation> Protection => _protection;

    public ValueTask<IoStatus> ReadProtectedAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        OnCall?.Invoke((ulong)into.Length);
        int size = (int)Traits.BlockBytes;
        for (Span<byte> rest = into.Span; rest.Length > 0 && Failure == IoStatus.Ok; rest = rest[(size + 8)..], lba++)
        {
            Bytes(lba, 1).CopyTo(rest);
            _protection[lba].Write(rest[size..]);
        }

        return Done();
    }

    public ValueTask<IoStatus> WriteProtectedAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        OnCall?.Invoke((ulong)from.Length);
        int size = (int)Traits.BlockBytes;
        for (ReadOnlySpan<byte> rest = from.Span; rest.Length > 0 && Failure == IoStatus.Ok; rest = rest[(size + 8)..], lba++)
        {
            rest[..size].CopyTo(Bytes(lba, 1));
            Mark(lba, 1, false);
            _protection[lba] = ProtectionInformation.Read(rest[size..]);
        }

        Writes++;
        ForcedWrites += forceUnitAccess ? 1 : 0;
        return Done();
    }

    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken) =>
        Open.IsCompleted ? ReadNow(lba, into, cancellationToken) : ReadWhenOpen(lba, into, cancellationToken);

    private async ValueTask<IoStatus> ReadWhenOpen(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        await Open;
        return await ReadNow(lba, into, cancellationToken);
    }

    private ValueTask<IoStatus> ReadNow(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        OnCall?.Invoke((ulong)into.Length);
        if (Failure == IoStatus.Ok)
        {
            _bytes.AsSpan((int)(lba * Traits.BlockBytes), into.Length).CopyTo(into.Span);
        }

        return Done();
    }

    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        Assert.False(Traits.ReadOnly);
        OnCall?.Invoke((ulong)from.Length);
        if (Failure == IoStatus.Ok)
        {
            from.Span.CopyTo(_bytes.AsSpan((int)(lba * Traits.BlockBytes)));
            Mark(lba, (ulong)from.Length / Traits.BlockBytes, false);
            Writes++;
            ForcedWrites += forceUnitAccess ? 1 : 0;
        }

        return Done();
    }

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        Flushes++;
        return Done();
    }

    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) => Zero(lba, blockCount, true);

    public ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        Assert.NotEqual(Support.No, Traits.WriteZeroes);
        Zeroings++;
        LastZeroingMayUnmap = mayUnmap;
        return Zero(lba, blockCount, mayUnmap);
    }

    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken)
    {
        if (Failure != IoStatus.Ok)
        {
            return new(new ExtentStatus(Failure, default, 0));
        }

        ulong run = 1;
        while (run < maxBlocks && lba + run < Traits.BlockCount && _deallocated[lba + run] == _deallocated[lba])
        {
            run++;
        }

        return new(new ExtentStatus(IoStatus.Ok, _deallocated[lba] ? ProvisioningState.Deallocated : ProvisioningState.Mapped, run));
    }

    public bool TryGrow()
    {
        ulong by = Growth;
        Growth = 0;
        Traits = Traits with { BlockCount = Traits.BlockCount + by };
        return by > 0;
    }

    public ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken)
    {
        SpaceUsage? space = Space;
        SpaceQueries++;
        return new(space);
    }

    public ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        LastPrefetch = (lba, blockCount);
        return new(Prefetches);
    }

    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = Lends ? _bytes.AsMemory((int)(lba * Traits.BlockBytes), lengthBytes) : default;
        return Lends;
    }

    public ValueTask DisposeAsync() => default;

    private ValueTask<IoStatus> Zero(ulong lba, ulong blockCount, bool deallocate)
    {
        OnCall?.Invoke(blockCount * Traits.BlockBytes);
        if (Failure == IoStatus.Ok)
        {
            Bytes(lba, (int)blockCount).Clear();
            Mark(lba, blockCount, deallocate);
        }

        return Done();
    }

    private void Mark(ulong lba, ulong blockCount, bool deallocated)
    {
        _deallocated.AsSpan((int)lba, (int)blockCount).Fill(deallocated);
        if (_protection.Length > 0)
        {
            _protection.AsSpan((int)lba, (int)blockCount).Fill(ProtectionInformation.Unset);
        }
    }

    private ValueTask<IoStatus> Done() => Late ? Later() : new(Failure);

    private async ValueTask<IoStatus> Later()
    {
        await Task.Yield();
        return Failure;
    }
}
