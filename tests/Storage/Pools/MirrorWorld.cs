using System.Runtime.InteropServices;

namespace Blockwire.Storage.Tests.Pools;

/// <summary>What a medium does wrong.</summary>
internal sealed class MediumFaults
{
    public IoStatus? Read { get; set; }

    public IoStatus? Change { get; set; }

    public IoStatus? Flush { get; set; }

    public bool Hangs { get; set; }

    public bool IsSlow { get; set; }

    public bool IsAway { get; set; }

    public bool StateFails { get; set; }

    public void Clear() => (Read, Change, Flush, Hangs, IsSlow, IsAway, StateFails) = (null, null, null, false, false, false, false);
}

/// <summary>The blocks of a member, apart from whoever has it open; a block's content is one number. What is not flushed may be lost, in any order.</summary>
internal sealed class Medium(int blocks)
{
    private readonly ulong[] _stable = new ulong[blocks];
    private readonly ulong[] _current = new ulong[blocks];
    private readonly List<ulong>[] _unflushed = [.. Enumerable.Range(0, blocks).Select(static _ => new List<ulong>())];

    private int _writesLeft = int.MaxValue;
    private Action? _die;

    public MediumFaults Faults { get; } = new();

    public byte[]? State { get; set; }

    /// <summary>Counts crashes: what was opened before is dead.</summary>
    public int Life { get; private set; }

    public string Identity { get; set; } = "one";

    /// <summary>What it says about its space; null: nothing.</summary>
    public SpaceUsage? Space { get; set; }

    /// <summary>The last advice, and whether it is taken.</summary>
    public (ulong Lba, ulong BlockCount) Advised { get; set; }

    public ulong this[int block]
    {
        get { lock (_stable) return _current[block]; }
    }

    /// <summary>Calls back before the write after so many.</summary>
    public void DieAfterWrites(int writes, Action die) => (_writesLeft, _die) = (writes, die);

    /// <summary>Writes unless whoever asks is dead by now.</summary>
    public bool TryWrite(Func<bool> isDead, int block, ulong value)
    {
        if (Interlocked.Decrement(ref _writesLeft) == -1) _die?.Invoke();
        lock (_stable)
        {
            if (isDead()) return false;
            _current[block] = value;
            _unflushed[block].Add(value);
            return true;
        }
    }

    public ulong[] Content
    {
        get { lock (_stable) return [.. _current]; }
    }

    public bool TryFlush(Func<bool> isDead)
    {
        lock (_stable)
        {
            if (isDead()) return false;
            _current.CopyTo(_stable, 0);
            foreach (List<ulong> list in _unflushed) list.Clear();
            return true;
        }
    }

    /// <summary>Does something while nothing is written here.</summary>
    public void Freeze(Action action)
    {
        lock (_stable) action();
    }

    /// <summary>Power goes: each block has what was flushed, or any of what was written since. Without a generator nothing unflushed stays.</summary>
    public void Crash(Random? random)
    {
        lock (_stable)
        {
            Life++;
            for (int i = 0; i < _current.Length; i++)
            {
                int pick = random?.Next(_unflushed[i].Count + 1) ?? 0;
                if (pick > 0) _stable[i] = _unflushed[i][pick - 1];
                _current[i] = _stable[i];
                _unflushed[i].Clear();
            }
        }
    }
}

/// <summary>A machine with media that outlive the mirrors on it; a mirror of an earlier epoch reaches nothing any more.</summary>
internal sealed class MirrorWorld(int members, int blocks)
{
    public const int BlockBytes = 512;

    public Medium[] Media { get; } = [.. Enumerable.Range(0, members).Select(_ => new Medium(blocks))];

    public int Epoch { get; private set; }

    private readonly List<MirrorEvent> _events = [];

    /// <summary>What has been told so far.</summary>
    public List<MirrorEvent> Events
    {
        get { lock (_events) return [.. _events]; }
    }

    public MirrorTimes Times { get; init; } = new()
    {
        Patience = TimeSpan.FromSeconds(30),
        Quiet = TimeSpan.FromMilliseconds(3),
        FirstRetry = TimeSpan.FromMilliseconds(1),
        LongestRetry = TimeSpan.FromMilliseconds(8),
        BusyBytesPerSecond = 64 << 20,
    };

    /// <summary>The whole machine stops between two instructions.</summary>
    public void Kill()
    {
        Action kill = () => Epoch++;
        foreach (Medium medium in Media)
        {
            Action inner = kill;
            kill = () => medium.Freeze(inner);
        }
        kill();
    }

    public static MirrorRecord NewRecord(int members, int blocks, ulong regionBlocks) =>
        MirrorRecord.TryCreate(Guid.NewGuid(), BlockBytes, (ulong)blocks, regionBlocks, members)!;

    /// <summary>Puts a mirror's state on all members, as if it had just been made.</summary>
    public void Format(ulong regionBlocks)
    {
        MirrorRecord record = NewRecord(Media.Length, blocks, regionBlocks);
        record.Generation = 1;
        for (int i = 0; i < Media.Length; i++)
        {
            record.Owner = i;
            record.Members[i].Identity = Media[i].Identity;
        }
        for (int i = 0; i < Media.Length; i++)
        {
            record.Owner = i;
            new MirrorStateFile(new Store(this, Media[i])).Save(record);
        }
    }

    public async Task<MirrorDisk> StartAsync(bool degraded = false, int? source = null)
    {
        MirrorMember[] all = [.. Enumerable.Range(0, Media.Length).Select(Member)];
        OpenDisk?[] open = new OpenDisk?[all.Length];
        MirrorFinding[] found = new MirrorFinding[all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            string? problem = null;
            MirrorRecord? copy = Media[i].Faults.IsAway ? null : new MirrorStateFile(new Store(this, Media[i])).Load(out problem);
            try
            {
                open[i] = await all[i].Open(CancellationToken.None);
                found[i] = all[i].Find(open[i]!, copy, problem);
            }
            catch (DiskOpenException e)
            {
                found[i] = new MirrorFinding(all[i].Name, e.Message) { CopyPath = all[i].CopyPath, Copy = copy, CopyProblem = problem };
            }
        }
        MirrorRecord start = MirrorAssembly.Start(new MirrorFindings(found) { Degraded = degraded, Source = source }, Guid.NewGuid);
        return await MirrorDisk.StartAsync(
            new MirrorSetup("mirror", all, start)
            {
                Times = Times,
                Away = [.. found.Select(static it => it.Problem)],
                Report = it => { lock (_events) _events.Add(it); },
            },
            open);
    }

    private MirrorMember Member(int number)
    {
        Medium medium = Media[number];
        int epoch = Epoch;
        return new MirrorMember($"disk {number + 1}", _ => medium.Faults.IsAway || epoch != Epoch
            ? throw new DiskOpenException($"disk {number + 1}", "it is away", "bring it back")
            : new(new OpenDisk(DiskSpec.Parse("memory:1M"), new GuardedDevice(new MediumDevice(this, medium, blocks))) { Identity = medium.Identity }))
        {
            CopyPath = $"disk {number + 1}.mirror",
            Store = _ => new Store(this, medium),
        };
    }

    /// <summary>A state beside a medium; a kill in mid-write tears it.</summary>
    internal sealed class Store(MirrorWorld world, Medium medium) : IMirrorStore
    {
        private readonly int _epoch = world.Epoch;

        public byte[]? Read() => medium.State is { } state ? [.. state] : null;

        public void Create(ReadOnlySpan<byte> content)
        {
            byte[] whole = content.ToArray();
            medium.Freeze(() =>
            {
                Check();
                medium.State = whole;
            });
        }

        public void Write(int offset, ReadOnlySpan<byte> content)
        {
            for (int at = 0; at < content.Length; at += 512)
            {
                byte[] part = content.Slice(at, Math.Min(512, content.Length - at)).ToArray();
                medium.Freeze(() =>
                {
                    Check();
                    part.CopyTo(medium.State!.AsSpan(offset + at));
                });
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Check()
        {
            if (world.Epoch != _epoch || medium.Faults.StateFails) throw new IOException("the state's medium fails");
        }
    }
}

/// <summary>An opening of a medium.</summary>
internal sealed class MediumDevice(MirrorWorld world, Medium medium, int blocks) : IBlockDevice
{
    private readonly int _epoch = world.Epoch;
    private readonly int _life = medium.Life;
    private volatile bool _isClosed;

    public DeviceTraits Traits { get; } = new(
        MirrorWorld.BlockBytes, (ulong)blocks, Support.Native, Support.Native, Support.Native, ReadOnly: false, CompletesInline: false, 512, 1);

    private bool IsDead => _isClosed || world.Epoch != _epoch || medium.Life != _life || medium.Faults.IsAway;

    public async ValueTask<IoStatus> ReadAsync(ulong lba, Memory<byte> into, CancellationToken cancellationToken)
    {
        if (await BeginAsync(medium.Faults.Read, cancellationToken) is { } failure) return failure;
        for (int i = 0; i < into.Length / MirrorWorld.BlockBytes; i++)
        {
            if (IsDead) return IoStatus.NotReady;
            MemoryMarshal.Cast<byte, ulong>(into.Span.Slice(i * MirrorWorld.BlockBytes, MirrorWorld.BlockBytes)).Fill(medium[(int)lba + i]);
        }
        return IoStatus.Ok;
    }

    public async ValueTask<IoStatus> WriteAsync(ulong lba, ReadOnlyMemory<byte> from, bool forceUnitAccess, CancellationToken cancellationToken)
    {
        IoStatus? failure = await BeginAsync(medium.Faults.Change, cancellationToken);
        for (int i = 0; i < from.Length / MirrorWorld.BlockBytes; i++)
        {
            // A write that fails has written something, or not.
            if (failure is { } status && (i & 1) == 0) return status;
            ulong value = MemoryMarshal.Read<ulong>(from.Span[(i * MirrorWorld.BlockBytes)..]);
            if (!medium.TryWrite(() => IsDead, (int)lba + i, value)) return IoStatus.NotReady;
        }
        if (failure is { } answer) return answer;
        return forceUnitAccess ? await FlushAsync(cancellationToken) : IoStatus.Ok;
    }

    public async ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        if (await BeginAsync(medium.Faults.Flush, cancellationToken) is { } failure) return failure;
        return medium.TryFlush(() => IsDead) ? IoStatus.Ok : IoStatus.NotReady;
    }

    public ValueTask<IoStatus> UnmapAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken) =>
        WriteZeroesAsync(lba, blockCount, mayUnmap: true, forceUnitAccess: false, cancellationToken);

    public ValueTask<IoStatus> WriteZeroesAsync(ulong lba, ulong blockCount, bool mayUnmap, bool forceUnitAccess, CancellationToken cancellationToken) =>
        WriteAsync(lba, new byte[blockCount * MirrorWorld.BlockBytes], forceUnitAccess, cancellationToken);

    public ValueTask<ExtentStatus> QueryExtentAsync(ulong lba, ulong maxBlocks, CancellationToken cancellationToken) =>
        new(new ExtentStatus(IoStatus.Ok, ProvisioningState.Mapped, 1));

    public async ValueTask<SpaceUsage?> QuerySpaceAsync(CancellationToken cancellationToken) =>
        await BeginAsync(null, cancellationToken) is null ? medium.Space : null;

    public async ValueTask<bool> PrefetchAsync(ulong lba, ulong blockCount, CancellationToken cancellationToken)
    {
        if (await BeginAsync(null, cancellationToken) is not null) return false;
        medium.Advised = (lba, blockCount);
        return true;
    }

    public bool TryLend(ulong lba, int lengthBytes, out ReadOnlyMemory<byte> pages)
    {
        pages = default;
        return false;
    }

    public ValueTask DisposeAsync()
    {
        _isClosed = true;
        return ValueTask.CompletedTask;
    }

    private async ValueTask<IoStatus?> BeginAsync(IoStatus? failure, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (medium.Faults.IsSlow) await Task.Delay(10, cancellationToken);
        if (medium.Faults.Hangs) await Task.Delay(Timeout.Infinite, cancellationToken);
        return IsDead ? IoStatus.NotReady : failure;
    }
}
