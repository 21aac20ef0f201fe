using System.Runtime.CompilerServices;

namespace Blockwire.Storage;

/// <summary>What a mirror is made of.</summary>
internal sealed record MirrorSetup(string Name, IReadOnlyList<MirrorMember> Members, MirrorRecord Start)
{
    /// <summary>Nothing is written, neither to members nor to the state.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>`state=FILE`; null when each member has its own copy.</summary>
    public MirrorStateFile? Shared { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Action<MirrorEvent>? Report { get; init; }

    /// <summary>Why members are not there, for those that are not.</summary>
    public IReadOnlyList<string?> Away { get; init; } = [];

    public MirrorTimes Times { get; init; } = new();
}

/// <summary>The times and rates of a mirror.</summary>
internal sealed record MirrorTimes
{
    /// <summary>A call that takes as long (and up to twice that) hangs, and its member is thrown out.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Regions without a write for as long (and up to twice that) count as equal again, after a flush.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Before the first try to open a member again; it doubles with every try.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What a resync copies beside other calls.</summary>
    public long BusyBytesPerSecond { get; init; } = 32 << 20;
}

/// <summary>
/// Several disks with the same content. Changes go to all that are in sync or resync, reads to one that is in sync. A member that fails is
/// thrown out, opened again and brought up to date, without the disk being away. The rules are in <see cref="MirrorCore"/>; here is what
/// waits, and one lock around them.
/// </summary>
public sealed partial class MirrorDisk : IBlockDevice
{
    private readonly MirrorSetup _setup;
    private readonly MirrorCore _core;
    private readonly RangeLocks _ranges = new();
    private readonly Lock _gate = new();
    private readonly Lock _eventGate = new();
    private readonly MirrorLink?[] _links;
    private readonly MirrorLink?[] _retired;
    private readonly OpenDisk?[] _early;
    private readonly string?[] _problems;
    private readonly CancellationTokenSource _stop = new();
    private MirrorLink[] _attached = [];
    private Task[] _loops = [];
    private ITimer? _hangTimer;
    private ITimer? _cleanTimer;
    private long _calls;
    private int _isDisposed;
    private int _mayHaveLost;

    private MirrorDisk(MirrorSetup setup, IReadOnlyList<OpenDisk?> open)
    {
        _setup = setup;
        _core = new MirrorCore(setup.Start);
        _early = [.. open];
        _links = new MirrorLink?[open.Count];
        _retired = new MirrorLink?[_links.Length];
        _problems = new string?[_links.Length];
        _wakes = Array.ConvertAll(_links, static _ => new SemaphoreSlim(0));
        _places = MakePlaces(setup);
        DeviceTraits common = PoolTraits.Common(open.OfType<OpenDisk>().Select(static it => it.Device.Traits));
        Traits = common with { BlockCount = setup.Start.BlockCount, CompletesInline = false, ReadOnly = setup.IsReadOnly || common.ReadOnly };
    }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <summary>How it stands now.</summary>
    public MirrorStatus Status
    {
        get
        {
            lock (_gate)
            {
                ulong regionBytes = _core.RegionBlocks * _core.BlockBytes;
                return new MirrorStatus(
                    [
                        .. _setup.Members.Select((member, i) => new MirrorMemberStatus(
                            member.Name,
                            _core[i],
                            _links[i] is not null,
                            Math.Min((ulong)_core.StaleRegions(i) * regionBytes, _core.BlockCount * _core.BlockBytes),
                            _problems[i])),
                    ],
                    _core.Generation);
            }
        }
    }

    /// <summary>Starts a mirror from members that are open and a state that <see cref="MirrorAssembly"/> made.</summary>
    /// <param name="setup">What it is made of.</param>
    /// <param name="open">The members that are open, null for others; owned by the mirror, unless it throws.</param>
    /// <exception cref="DiskOpenException">Its state cannot be kept.</exception>
    internal static async ValueTask<MirrorDisk> StartAsync(MirrorSetup setup, IReadOnlyList<OpenDisk?> open)
    {
        MirrorDisk mirror = new(setup, open);
        await mirror.StartAsync().ConfigureAwait(false);
        return mirror;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _calls);
        ulong tried = 0;
        ulong unreadable = 0;
        while (ChooseReader(tried) is { } link)
        {
            IoStatus status = await link.CallAsync(new MirrorCall(MirrorCallKind.Read, lba) { Into = into }).ConfigureAwait(false);
            if (status == IoStatus.Ok)
            {
                if (unreadable != 0 && !_setup.IsReadOnly) await RepairAsync(lba, into.Length, unreadable).ConfigureAwait(false);
                return IoStatus.Ok;
            }
            tried |= 1UL << link.Member;
            if (status == IoStatus.ReadError) unreadable |= 1UL << link.Member;
            else Lose(link, $"a read ended with {status}", isGone: true);
        }
        return unreadable != 0 ? IoStatus.ReadError : IoStatus.NotReady;
    }

    /// <inheritdoc/>
    public async ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Where nobody tells, the blocks count as mapped: that is never wrong.
        return ChooseReader(tried: 0) is { } link
            ? await link.QueryAsync(lba, Math.Min(maxBlocks, Traits.BlockCount - lba)).ConfigureAwait(false)
            : new ExtentStatus(IoStatus.NotReady, ProvisioningState.Mapped, 0);
    }

    /// <summary>What the member that takes most takes, and what the one with the least room has: every one is to have the same. Null when no member that is in sync can tell.</summary>
    public async ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SpaceUsage? most = null;
        foreach (MirrorLink link in Volatile.Read(ref _attached))
        {
            if (await link.QuerySpaceAsync().ConfigureAwait(false) is not { } space) continue;
            most = most is { } other ? new SpaceUsage(Math.Max(other.UsedBytes, space.UsedBytes), Least(other.AvailableBytes, space.AvailableBytes)) : space;
        }
        return most;
    }

    /// <summary>Asks the member that a read would ask now.</summary>
    public async ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ChooseReader(tried: 0) is { } link && await link.PrefetchAsync(lba, blockCount).ConfigureAwait(false);
    }

    /// <summary>Nothing is lent: a member, and its memory, may go at any time.</summary>
    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return false;
    }

    /// <summary>Flushes, notes that nothing is on its way, and closes the members.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_hangTimer is not null) await _hangTimer.DisposeAsync().ConfigureAwait(false);
        if (_cleanTimer is not null) await _cleanTimer.DisposeAsync().ConfigureAwait(false);
        foreach (SemaphoreSlim wake in _wakes) wake.Release();
        await Task.WhenAll(_loops).ConfigureAwait(false);
        if (!_setup.IsReadOnly)
        {
            lock (_gate) _core.BeginClean();        // what was touched lately counts as quiet, for nothing comes any more
            await CleanAsync().ConfigureAwait(false);
        }
        for (int i = 0; i < _links.Length; i++)
        {
            if (_links[i] is { } link) await link.DisposeAsync().ConfigureAwait(false);
            if (_retired[i] is { } retired) await retired.DisposeAsync().ConfigureAwait(false);
            if (_early[i] is { } early) await early.DisposeAsync().ConfigureAwait(false);
        }
        await ClosePlacesAsync().ConfigureAwait(false);
    }

    private async ValueTask StartAsync()
    {
        for (int i = 0; i < _links.Length; i++)
        {
            // The turn of the others comes when the state says that they are out.
            if (_core[i] == MirrorMemberState.InSync && _early[i] is { } disk) (_links[i], _early[i]) = (new MirrorLink(i, disk, _setup.Members[i].IsRemote), null);
        }
        Reattach();
        if (_setup.IsReadOnly) return;
        if (!await PersistAsync().ConfigureAwait(false))
        {
            await ClosePlacesAsync().ConfigureAwait(false);
            throw new DiskOpenException(_setup.Name, $"its state cannot be kept: {_stateProblem}", "make room for it there, or name another place with ?state=FILE");
        }
        for (int i = 0; i < _setup.Away.Count; i++)
        {
            if (_setup.Away[i] is { } problem) TellRefusal(i, problem);
        }
        _hangTimer = _setup.Time.CreateTimer(_ => OnHangTick(), null, _setup.Times.Patience, Timeout.InfiniteTimeSpan);
        _cleanTimer = _setup.Time.CreateTimer(_ => OnCleanTick(), null, _setup.Times.Quiet, Timeout.InfiniteTimeSpan);
        _loops = [.. Enumerable.Range(0, _links.Length).Select(member => Task.Run(() => KeepAsync(member)))];
    }

    private static ulong? Least(ulong? a, ulong? b) => a is { } one && b is { } other ? Math.Min(one, other) : a ?? b;

    private MirrorLink? ChooseReader(ulong tried)
    {
        MirrorLink? best = null;
        lock (_gate)
        {
            foreach (MirrorLink link in _attached)
            {
                if ((tried >> link.Member & 1) == 0 && _core[link.Member] == MirrorMemberState.InSync && (best is null || link.Cost < best.Cost)) best = link;
            }
        }
        return best;
    }

    /// <summary>Writes blocks that a member could not read to it anew, with what another one has.</summary>
    private async ValueTask RepairAsync(ulong lba, int lengthBytes, ulong unreadable)
    {
        ulong blocks = (ulong)lengthBytes / Traits.BlockBytes;
        (bool isBegun, long ticket) = await BeginAsync(lba, blocks, isAlone: true).ConfigureAwait(false);
        byte[] good = new byte[lengthBytes];
        if (isBegun && ChooseReader(unreadable) is { } source
            && await source.CallAsync(new MirrorCall(MirrorCallKind.Read, lba) { Into = good }).ConfigureAwait(false) == IoStatus.Ok)
        {
            foreach (MirrorLink link in Volatile.Read(ref _attached))
            {
                if ((unreadable >> link.Member & 1) == 0) continue;
                IoStatus status = await link.CallAsync(new MirrorCall(MirrorCallKind.Write, lba, blocks) { From = good }).ConfigureAwait(false);
                if (status == IoStatus.Ok) Tell(link.Member, MirrorEventKind.Repaired, $"could not read {blocks} blocks from {lba} on; they were written anew");
                else Lose(link, $"it could not read blocks from {lba} on, and writing them anew ended with {status}", status == IoStatus.NotReady);
            }
        }
        End(lba, blocks, isBegun, ticket);
    }
}
