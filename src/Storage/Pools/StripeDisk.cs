using System.Buffers;
using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>
/// Several disks as one whose chunks lie on them in turn. Parts of a call go to the members at the same time; a call within one chunk is passed
/// on as it is and costs no memory.
/// </summary>
public sealed class StripeDisk : IBlockDevice
{
    private readonly IBlockDevice[] _members;
    private readonly StripeLayout _layout;
    private volatile DeviceTraits _traits;

    /// <summary>Makes one disk of several.</summary>
    /// <param name="members">Two or more, behind their guards; owned by the stripe. Their blocks have one size.</param>
    /// <param name="chunkBytes">A power of two, one block or more, at most the smallest member.</param>
    public StripeDisk(IReadOnlyList<IBlockDevice> members, ulong chunkBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members.Count, 2, nameof(members));
        _members = [.. members];
        DeviceTraits common = PoolTraits.Common(members.Select(static it => it.Traits));
        uint blockBytes = common.BlockBytes;
        if (!ulong.IsPow2(chunkBytes) || chunkBytes < blockBytes || members.Any(it => it.Traits.BlockBytes != blockBytes))
            throw new ArgumentException($"{chunkBytes} bytes are no chunk for these members", nameof(chunkBytes));
        ulong chunkBlocks = chunkBytes / blockBytes;
        _layout = new StripeLayout(members.Count, chunkBlocks);
        uint unit = common.UnmapGranularityBlocks;
        _traits = common with
        {
            BlockCount = _layout.BlockCount(common.BlockCount),
            PhysicalBlockBytes = (uint)Math.Min(common.PhysicalBlockBytes, chunkBytes),
            // A unit larger than a chunk is made of chunks in several rows.
            UnmapGranularityBlocks = chunkBlocks % unit == 0 ? unit : (uint)Math.Min((ulong)unit * (ulong)members.Count, uint.MaxValue),
        };
    }

    /// <inheritdoc/>
    public DeviceTraits Traits => _traits;

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        StripePlace place = _layout.Find(lba);
        return Blocks(into.Length) <= place.BlocksLeft
            ? _members[place.Member].ReadAsync(place.Lba, into, cancellationToken)
            : ReadParts(lba, into, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        StripePlace place = _layout.Find(lba);
        return Blocks(from.Length) <= place.BlocksLeft
            ? _members[place.Member].WriteAsync(place.Lba, from, forceUnitAccess, cancellationToken)
            : WriteParts(lba, from, forceUnitAccess, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        Parts parts = new(_members.Length);
        foreach (IBlockDevice member in _members) parts.Add(Start(() => member.FlushAsync(cancellationToken)));
        return (await parts.EndAsync().ConfigureAwait(false)).ForChange;
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        StripePlace place = _layout.Find(lba);
        return blockCount <= place.BlocksLeft
            ? _members[place.Member].UnmapAsync(place.Lba, blockCount, cancellationToken)
            : OnEachAsync(lba, blockCount, (member, at, count) => member.UnmapAsync(at, count, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteZeroesAsync(
        ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        StripePlace place = _layout.Find(lba);
        return blockCount <= place.BlocksLeft
            ? _members[place.Member].WriteZeroesAsync(place.Lba, blockCount, mayUnmap, forceUnitAccess, cancellationToken)
            : OnEachAsync(lba, blockCount, (member, at, count) => member.WriteZeroesAsync(at, count, mayUnmap, forceUnitAccess, cancellationToken));
    }

    /// <summary>Asks every member once, so that a run may be longer than a chunk.</summary>
    public async ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken)
    {
        ulong end = lba + Math.Min(maxBlocks, Traits.BlockCount - lba);
        ProvisioningState state = ProvisioningState.Mapped;
        int first = _layout.Find(lba).Member;
        for (int i = 0; i < _members.Length; i++)
        {
            int member = (first + i) % _members.Length;
            (ulong at, ulong count) = _layout.RangeOn(member, lba, end - lba);
            if (count == 0) continue;
            ExtentStatus extent = await _members[member].QueryExtentAsync(at, count, cancellationToken).ConfigureAwait(false);
            if (extent.Status != IoStatus.Ok) return extent;
            if (i == 0) state = extent.State;
            // The run ends where this member's state first differs, or where nothing is known of it any more.
            ulong same = extent.State == state ? extent.BlockCount : 0;
            if (same < count) end = Math.Min(end, _layout.ToStripe(member, at + same));
        }
        return new ExtentStatus(IoStatus.Ok, state, end - lba);
    }

    /// <summary>Asks every member. The stripe has grown once the smallest has by a whole chunk; all blocks stay where they are.</summary>
    public bool TryGrow()
    {
        foreach (IBlockDevice member in _members) member.TryGrow();
        DeviceTraits traits = _traits;
        ulong smallest = Math.Min(_members.Min(static it => it.Traits.BlockCount), MostBlocksPerMember(traits));
        ulong blocks = _layout.BlockCount(smallest);
        if (blocks <= traits.BlockCount) return false;
        _traits = traits with { BlockCount = blocks };
        return true;
    }

    /// <summary>What all members take together. There is room for as much as the one with the least room allows, for each takes its share.</summary>
    public async ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken)
    {
        SpaceUsage sum = new(0, ulong.MaxValue);
        foreach (IBlockDevice member in _members)
        {
            if (await member.QuerySpaceAsync(cancellationToken).ConfigureAwait(false) is not { } space) return null;
            sum = new SpaceUsage(sum.UsedBytes + space.UsedBytes, space.AvailableBytes is { } room && sum.AvailableBytes is { } least ? Math.Min(least, room) : null);
        }
        return sum with { AvailableBytes = sum.AvailableBytes is { } share ? (ulong)UInt128.Min((UInt128)share * (uint)_members.Length, ulong.MaxValue) : null };
    }

    /// <summary>True when every member has taken its part up.</summary>
    public async ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        bool all = true;
        for (int i = 0; i < _members.Length; i++)
        {
            (ulong at, ulong count) = _layout.RangeOn(i, lba, blockCount);
            all &= count == 0 || await _members[i].PrefetchAsync(at, count, cancellationToken).ConfigureAwait(false);
        }
        return all;
    }

    /// <summary>Lends what lies within one chunk.</summary>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        StripePlace place = _layout.Find(lba);
        return Blocks(lengthBytes) <= place.BlocksLeft && _members[place.Member].TryLend(place.Lba, lengthBytes, out pages);
    }

    /// <summary>Closes every member.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_members.Select(static it => it.DisposeAsync().AsTask())).ConfigureAwait(false);

    private ulong MostBlocksPerMember(DeviceTraits traits) => BlockGeometry.MaxLengthBytes / traits.BlockBytes / (ulong)_members.Length;

    private ulong Blocks(int lengthBytes) => (ulong)lengthBytes / Traits.BlockBytes;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> ReadParts(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        Parts parts = new(CountParts(lba, into.Length));
        while (into.Length > 0)
        {
            StripePlace place = _layout.Find(lba);
            ulong blocks = Math.Min(place.BlocksLeft, Blocks(into.Length));
            int length = (int)(blocks * Traits.BlockBytes);
            parts.Add(StartRead(place, into[..length], cancellationToken));
            (lba, into) = (lba + blocks, into[length..]);
        }
        return (await parts.EndAsync().ConfigureAwait(false)).ForRead;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> WriteParts(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        Parts parts = new(CountParts(lba, from.Length));
        while (from.Length > 0)
        {
            StripePlace place = _layout.Find(lba);
            ulong blocks = Math.Min(place.BlocksLeft, Blocks(from.Length));
            int length = (int)(blocks * Traits.BlockBytes);
            parts.Add(StartWrite(place, from[..length], forceUnitAccess, cancellationToken));
            (lba, from) = (lba + blocks, from[length..]);
        }
        return (await parts.EndAsync().ConfigureAwait(false)).ForChange;
    }

    private async ValueTask<IoStatus> OnEachAsync(ulong lba, ulong blockCount, Func<IBlockDevice, ulong, ulong, ValueTask<IoStatus>> call)
    {
        Parts parts = new(_members.Length);
        for (int i = 0; i < _members.Length; i++)
        {
            IBlockDevice member = _members[i];
            (ulong at, ulong count) = _layout.RangeOn(i, lba, blockCount);
            if (count > 0) parts.Add(Start(() => call(member, at, count)));
        }
        return (await parts.EndAsync().ConfigureAwait(false)).ForChange;
    }

    private int CountParts(ulong lba, int lengthBytes)
    {
        ulong chunkBlocks = _layout.Find(0).BlocksLeft;
        return (int)(((lba + Blocks(lengthBytes) - 1) / chunkBlocks) - (lba / chunkBlocks) + 1);
    }

    // What throws at once must not keep the others from being waited for: they have the caller's buffer.
    private static ValueTask<IoStatus> Start(Func<ValueTask<IoStatus>> call)
    {
        try
        {
            return call();
        }
        catch (Exception e)
        {
            return ValueTask.FromException<IoStatus>(e);
        }
    }

    private ValueTask<IoStatus> StartRead(in StripePlace place, Memory<byte> into, CancellationToken cancellationToken)
    {
        try
        {
            return _members[place.Member].ReadAsync(place.Lba, into, cancellationToken);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<IoStatus>(e);
        }
    }

    private ValueTask<IoStatus> StartWrite(in StripePlace place, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        try
        {
            return _members[place.Member].WriteAsync(place.Lba, from, forceUnitAccess, cancellationToken);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<IoStatus>(e);
        }
    }

    /// <summary>The parts of a call that are on their way, in a rented array.</summary>
    private struct Parts(int most)
    {
        private readonly ValueTask<IoStatus>[] _pending = ArrayPool<ValueTask<IoStatus>>.Shared.Rent(most);
        private int _count;

        public void Add(ValueTask<IoStatus> part) => _pending[_count++] = part;

        /// <summary>Waits for all parts, whatever becomes of each: the caller's buffer is free only then.</summary>
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public readonly async ValueTask<PartialStatus> EndAsync()
        {
            PartialStatus status = default;
            Exception? failure = null;
            for (int i = 0; i < _count; i++)
            {
                try
                {
                    status.Add(await _pending[i].ConfigureAwait(false));
                }
                catch (Exception e)
                {
                    failure ??= e;
                }
            }
            Array.Clear(_pending, 0, _count);
            ArrayPool<ValueTask<IoStatus>>.Shared.Return(_pending);
            if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            return status;
        }
    }
}
