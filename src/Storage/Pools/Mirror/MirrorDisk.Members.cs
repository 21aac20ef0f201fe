namespace Blockwire.Storage;

/// <content>Members that leave, and how they come back.</content>
public sealed partial class MirrorDisk
{
    private const int PieceBytes = 512 << 10;
    private const int BatchRegions = 16;

    private readonly SemaphoreSlim[] _wakes;

    private void Reattach() => Volatile.Write(ref _attached, [.. _links.OfType<MirrorLink>()]);

    /// <summary>
    /// Throws a member out, or, when it is the last that is in sync and has gone, only lets go of it: it is opened again and stays in sync.
    /// </summary>
    private void Lose(MirrorLink link, string why, bool isGone)
    {
        int member = link.Member;
        MirrorLink[] copied = [];
        lock (_gate)
        {
            if (_links[member] != link) return;
            bool isOut = _core.Drop(member);
            _problems[member] = why;
            if (!isOut && !isGone) return;
            if (!isOut && !_core.Current.Intent.IsEmpty) Volatile.Write(ref _mayHaveLost, 1);
            (_links[member], _retired[member]) = (null, link);
            Reattach();
            // It may come back without what was not flushed, which those that resync have got from it: they get it anew.
            if (!isOut) copied = [.. _attached.Where(it => _core[it.Member] != MirrorMemberState.InSync)];
        }
        _ = link.CutAsync();
        Tell(member, MirrorEventKind.Left, $"is out: {why}");
        _wakes[member].Release();
        foreach (MirrorLink other in copied) Lose(other, "the member that it was copied from has gone", isGone: true);
    }

    private void Tell(int member, MirrorEventKind kind, string text)
    {
        if (_setup.Report is not { } report) return;
        lock (_eventGate) report(new MirrorEvent(_setup.Name, member + 1, kind, $"member {member + 1}, {_setup.Members[member].Name}, {text}", Status));
    }

    private void OnHangTick()
    {
        foreach (MirrorLink link in Volatile.Read(ref _attached))
        {
            if (link.Watch.Tick()) Lose(link, $"a call did not end within {_setup.Times.Patience.TotalSeconds} s", isGone: true);
        }
        if (Volatile.Read(ref _isDisposed) == 0) _hangTimer?.Change(_setup.Times.Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A member's life: away, opened again, brought up to date, in sync, until it leaves.</summary>
    private async Task KeepAsync(int member)
    {
        BackOff backOff = new(_setup.Times.FirstRetry, _setup.Times.LongestRetry);
        bool isFirst = _early[member] is not null;
        MirrorLink? told = null;
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                MirrorLink? link;
                lock (_gate) link = _links[member];
                if (link is null)
                {
                    if (!isFirst) await RestAsync(member, backOff).ConfigureAwait(false);
                    isFirst = false;
                    link = await TryAttachAsync(member).ConfigureAwait(false);
                    if (link is null) continue;
                }
                if (StateOf(member) == MirrorMemberState.Resyncing && told != link)
                {
                    told = link;
                    Tell(member, MirrorEventKind.ResyncBegan, "is back and gets what it misses");
                }
                if (StateOf(member) == MirrorMemberState.Resyncing && !await ResyncAsync(link).ConfigureAwait(false))
                {
                    if (IsCurrent(link)) await Task.Delay(backOff.Next(), _setup.Time, _stop.Token).ConfigureAwait(false);
                    continue;
                }
                backOff.Reset();
                await _wakes[member].WaitAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The mirror is being closed.
        }
    }

    private MirrorMemberState StateOf(int member)
    {
        lock (_gate) return _core[member];
    }

    private bool IsCurrent(MirrorLink link)
    {
        lock (_gate) return _links[link.Member] == link;
    }

    /// <summary>Closes what is left of the member, which waits for its last calls, and then waits for the next try.</summary>
    private async Task RestAsync(int member, BackOff backOff)
    {
        MirrorLink? old;
        lock (_gate) (old, _retired[member]) = (_retired[member], null);
        try
        {
            if (old is not null) await old.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // It has failed already; that it does not close well either is no reason not to open it anew.
            TellRefusal(member, DiskText.Printable($"closing it: {e.GetType().Name}: {e.Message}"));
        }
        await Task.Delay(backOff.Next(), _setup.Time, _stop.Token).ConfigureAwait(false);
    }

    private async Task<MirrorLink?> TryAttachAsync(int member)
    {
        OpenDisk? disk = _early[member];
        _early[member] = null;
        try
        {
            disk ??= await _setup.Members[member].Open(_stop.Token).ConfigureAwait(false);
            MirrorFinding found = FindAgain(member, disk);
            MirrorRecord current;
            lock (_gate) current = _core.Current.Copy();
            bool missesEverything = MirrorAssembly.MissesEverything(current, member, found);
            if (missesEverything && current.Members[member].State == MirrorMemberState.InSync)
                throw new MirrorRefusalException($"{found.Name} is not the medium that it was, and no other has the data", "bring that one back");
            MirrorLink link = new(member, disk, _setup.Members[member].IsRemote);
            disk = null;
            return await AttachAsync(link, found, missesEverything).ConfigureAwait(false) ? link : null;
        }
        catch (Exception e)
        {
            // Whatever keeps it away, the next try may find it gone.
            if (!_stop.IsCancellationRequested) TellRefusal(member, e is DiskOpenException or MirrorRefusalException ? e.Message : DiskText.Printable($"{e.GetType().Name}: {e.Message}"));
            return null;
        }
        finally
        {
            if (disk is not null) await disk.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Looks at the member's copy of the state anew: its place came back with it.</summary>
    private MirrorFinding FindAgain(int member, OpenDisk disk)
    {
        if (disk.Device.Traits.ReadOnly) throw new MirrorRefusalException($"{disk.Spec} is read-only", "a mirror writes to all its members");
        Place? place = Array.Find(_places, it => it.Member == member);
        if (place is null) return _setup.Members[member].Find(disk, copy: null, copyProblem: null) with { CopyPath = null };
        if (place.Stuck is { IsCompleted: false }) throw new MirrorRefusalException("a write of its state does not end", "look after the file system that it is on");
        lock (place)
        {
            place.File = new MirrorStateFile(_setup.Members[member].Store(_setup.Members[member].CopyPath!));
            MirrorRecord? copy = place.File.Load(out string? problem);
            return _setup.Members[member].Find(disk, copy, problem);
        }
    }

    /// <summary>Has changes go to the member from now on. False: the state could not be kept, and it is out again.</summary>
    private async Task<bool> AttachAsync(MirrorLink link, MirrorFinding found, bool missesEverything)
    {
        lock (_gate)
        {
            if (_core[link.Member] != MirrorMemberState.InSync) _core.Attach(link.Member, found.Identity, missesEverything);
            _links[link.Member] = link;
            _problems[link.Member] = null;
            Reattach();
        }
        if (await PersistAsync().ConfigureAwait(false)) return IsCurrent(link);
        Lose(link, "the mirror's state could not be kept", isGone: true);
        return false;
    }

    /// <summary>Told once for each reason, not for each try.</summary>
    private void TellRefusal(int member, string problem)
    {
        lock (_gate)
        {
            if (_problems[member] == problem) return;
            _problems[member] = problem;
        }
        Tell(member, MirrorEventKind.Refused, $"cannot be taken back: {problem}");
    }

    /// <summary>Copies what the member misses until it misses nothing. False: it left, or there is nobody to copy from.</summary>
    private async Task<bool> ResyncAsync(MirrorLink link)
    {
        ResyncPace pace = new(_setup.Times.BusyBytesPerSecond);
        int from = 0;
        while (true)
        {
            int[] regions;
            lock (_gate) regions = _core.NextStale(link.Member, from, BatchRegions);
            foreach (int region in regions)
            {
                if (!await CopyRegionAsync(link, region, pace).ConfigureAwait(false)) return false;
                from = region + 1 < _core.Regions ? region + 1 : 0;
            }
            // Only what is on its stable storage counts as copied.
            IoStatus status = await link.CallAsync(new MirrorCall(MirrorCallKind.Flush)).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                Lose(link, $"a flush while it resynced ended with {status}", status == IoStatus.NotReady);
                return false;
            }
            bool hasJoined;
            lock (_gate)
            {
                if (_links[link.Member] != link) return false;
                _core.Copied(link.Member, regions);
                hasJoined = _core.TryJoin(link.Member);
            }
            bool isKnown = await PersistAsync().ConfigureAwait(false);
            if (!hasJoined) continue;
            if (!isKnown || StateOf(link.Member) != MirrorMemberState.InSync) return false;
            Tell(link.Member, MirrorEventKind.Joined, "is in sync");
            return true;
        }
    }

    private async Task<bool> CopyRegionAsync(MirrorLink link, int region, ResyncPace pace)
    {
        ulong pieceBlocks = PieceBytes / Traits.BlockBytes;
        ulong end = Math.Min(((ulong)region + 1) * _core.RegionBlocks, _core.BlockCount);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (ulong lba = (ulong)region * _core.RegionBlocks; lba < end; lba += pieceBlocks)
            {
                _stop.Token.ThrowIfCancellationRequested();
                ulong blocks = Math.Min(pieceBlocks, end - lba);
                Memory<byte> piece = buffer.AsMemory(0, (int)(blocks * Traits.BlockBytes));
                if (!await CopyPieceAsync(link, lba, blocks, piece).ConfigureAwait(false)) return false;
                TimeSpan rest = pace.After(piece.Length, Volatile.Read(ref _calls));
                if (rest > TimeSpan.Zero) await Task.Delay(rest, _setup.Time, _stop.Token).ConfigureAwait(false);
            }
            return true;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Copies blocks that nobody changes meanwhile.</summary>
    private async Task<bool> CopyPieceAsync(MirrorLink link, ulong lba, ulong blocks, Memory<byte> piece)
    {
        object? waits;
        long ticket;
        lock (_gate) _ranges.Enter(lba, blocks, isAlone: true, static () => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), out ticket, out waits);
        if (waits is TaskCompletionSource turn) await turn.Task.ConfigureAwait(false);
        try
        {
            if (!await ReadFromInSyncAsync(lba, piece).ConfigureAwait(false)) return false;
            // Zeros are not copied as data: what is sparse stays so.
            bool isZero = !piece.Span.ContainsAnyExcept((byte)0);
            MirrorCall call = isZero
                ? new MirrorCall(MirrorCallKind.WriteZeroes, lba, blocks) { MayUnmap = true }
                : new MirrorCall(MirrorCallKind.Write, lba, blocks) { From = piece };
            IoStatus status = await link.CallAsync(call).ConfigureAwait(false);
            if (status == IoStatus.Ok) return IsCurrent(link);
            Lose(link, $"a write while it resynced ended with {status}", status == IoStatus.NotReady);
            return false;
        }
        finally
        {
            End(lba, blocks, isBegun: false, ticket);
        }
    }

    private async Task<bool> ReadFromInSyncAsync(ulong lba, Memory<byte> into)
    {
        ulong tried = 0;
        while (ChooseReader(tried) is { } source)
        {
            IoStatus status = await source.CallAsync(new MirrorCall(MirrorCallKind.Read, lba) { Into = into }).ConfigureAwait(false);
            if (status == IoStatus.Ok) return true;
            tried |= 1UL << source.Member;
            if (status != IoStatus.ReadError) Lose(source, $"a read ended with {status}", isGone: true);
        }
        return false;
    }
}
