namespace Blockwire.Storage;

/// <summary>
/// The rules of a mirror that runs: who is in sync, who misses what, where writes may be on their way, and what of all that stable storage
/// knows. No clock, no thread, no waiting: its owner calls it under one lock.
/// </summary>
/// <param name="record">The state to begin with, taken over. Members that resync count as out until they are attached.</param>
internal sealed class MirrorCore(MirrorRecord record)
{
    private readonly RegionMap _stableIntent = new(record.Regions);
    private readonly RegionMap _touched = new(record.Regions);
    private readonly int[] _inFlight = new int[record.Regions];
    private readonly bool[] _countsAsIn = Array.ConvertAll(record.Members, static it => it.State == MirrorMemberState.InSync);
    private ulong _membership;
    private ulong _stableMembership;

    public int Members => record.Members.Length;

    public int Regions => record.Regions;

    public ulong RegionBlocks => record.RegionBlocks;

    public ulong BlockCount => record.BlockCount;

    public uint BlockBytes => record.BlockBytes;

    public ulong Generation => record.Generation;

    /// <summary>Whether stable storage knows who is in: before that nothing is acknowledged.</summary>
    public bool IsMembershipStable => _stableMembership == _membership;

    /// <summary>
    /// How a member stands. One that has joined still resyncs until stable storage knows that it is in: were the others thrown out before that,
    /// they would take themselves, after a crash, for the only ones that are in.
    /// </summary>
    public MirrorMemberState this[int member] => record.Members[member].State == MirrorMemberState.InSync && !_countsAsIn[member]
        ? MirrorMemberState.Resyncing
        : record.Members[member].State;

    /// <summary>What stable storage should say of the members: for judging one that returns.</summary>
    public MirrorRecord Current => record;

    public int StaleRegions(int member) => record.Members[member].Stale.Count;

    public int CountInSync => Enumerable.Range(0, Members).Count(member => this[member] == MirrorMemberState.InSync);

    /// <summary>
    /// Notes a change before it goes to any member. False: stable storage does not know yet that its regions may differ, and must before
    /// the change goes out.
    /// </summary>
    public bool BeginChange(ulong lba, ulong blockCount)
    {
        bool isStable = true;
        (int first, int last) = RegionsOf(lba, blockCount);
        for (int region = first; region <= last; region++)
        {
            record.Intent[region] = true;
            _touched[region] = true;
            _inFlight[region]++;
            isStable &= _stableIntent[region];
        }
        foreach (MirrorMemberRecord member in record.Members)
        {
            if (member.State != MirrorMemberState.Out) continue;
            for (int region = first; region <= last; region++) member.Stale[region] = true;
        }
        return isStable;
    }

    /// <summary>The change has ended on every member that it went to.</summary>
    public void EndChange(ulong lba, ulong blockCount)
    {
        (int first, int last) = RegionsOf(lba, blockCount);
        for (int region = first; region <= last; region++) _inFlight[region]--;
    }

    /// <summary>
    /// Throws a member out. What may not be on its stable storage is what the intent has. False when it is the last that is in sync: that one
    /// stays, whatever it does, because nobody else has the data.
    /// </summary>
    public bool Drop(int member)
    {
        MirrorMemberRecord it = record.Members[member];
        if (it.State == MirrorMemberState.Out) return true;
        if (this[member] == MirrorMemberState.InSync && CountInSync == 1) return false;
        _countsAsIn[member] = false;
        it.State = MirrorMemberState.Out;
        it.LeftAt = record.Generation + 1;
        it.Stale.Add(record.Intent);
        _membership++;
        return true;
    }

    /// <summary>A member is back, and changes go to it from now on.</summary>
    /// <param name="member">Which; it is out.</param>
    /// <param name="identity">What tells its medium from others.</param>
    /// <param name="missesEverything">And not only what was noted while it was away.</param>
    public void Attach(int member, string identity, bool missesEverything)
    {
        MirrorMemberRecord it = record.Members[member];
        it.State = MirrorMemberState.Resyncing;
        it.Identity = identity;
        if (missesEverything) it.Stale.Fill();
        _membership++;
    }

    /// <summary>Up to <paramref name="most"/> regions that a member misses, from a place on and then from the beginning.</summary>
    public int[] NextStale(int member, int from, int most)
    {
        RegionMap stale = record.Members[member].Stale;
        List<int> regions = [];
        for (int region = stale.Next(from); region >= 0 && regions.Count < most; region = stale.Next(region + 1)) regions.Add(region);
        return regions.Count > 0 || from == 0 ? [.. regions] : NextStale(member, 0, most);
    }

    /// <summary>These regions of a resyncing member were copied, and its stable storage has them.</summary>
    public void Copied(int member, ReadOnlySpan<int> regions)
    {
        foreach (int region in regions) record.Members[member].Stale[region] = false;
    }

    /// <summary>Takes a member in that misses nothing any more, from when stable storage knows it. False when it misses something.</summary>
    public bool TryJoin(int member)
    {
        MirrorMemberRecord it = record.Members[member];
        if (it.State == MirrorMemberState.InSync) return true;
        if (it.State != MirrorMemberState.Resyncing || !it.Stale.IsEmpty) return false;
        it.State = MirrorMemberState.InSync;
        _membership++;
        return true;
    }

    /// <summary>
    /// Begins to forget intents: gives the regions in which nothing is on its way and nothing began since the last call. The owner flushes
    /// every attached member and then calls <see cref="EndClean"/>; null when there is nothing to forget.
    /// </summary>
    public RegionMap? BeginClean()
    {
        RegionMap quiet = record.Intent.Copy();
        for (int region = quiet.Next(0); region >= 0; region = quiet.Next(region + 1))
        {
            if (_touched[region] || _inFlight[region] > 0) quiet[region] = false;
        }
        _touched.Clear();
        return quiet.IsEmpty ? null : quiet;
    }

    /// <summary>Every attached member has flushed since <see cref="BeginClean"/>: regions that stayed quiet are equal.</summary>
    public void EndClean(RegionMap quiet)
    {
        for (int region = quiet.Next(0); region >= 0; region = quiet.Next(region + 1))
        {
            if (!_touched[region] && _inFlight[region] == 0) record.Intent[region] = false;
        }
    }

    /// <summary>The state for stable storage. One at a time: the next is taken when this one is stable or has failed.</summary>
    public MirrorSnapshot TakeSnapshot()
    {
        record.Generation++;
        // What this snapshot does not say will soon be unknown to stable storage.
        _stableIntent.KeepOnly(record.Intent);
        return new MirrorSnapshot(record.Copy(), _membership);
    }

    /// <summary>Stable storage has it.</summary>
    public void OnStable(MirrorSnapshot snapshot)
    {
        _stableIntent.Add(snapshot.Record.Intent);
        _stableMembership = snapshot.Membership;
        for (int i = 0; i < Members; i++)
        {
            _countsAsIn[i] |= record.Members[i].State == MirrorMemberState.InSync && snapshot.Record.Members[i].State == MirrorMemberState.InSync;
        }
    }

    private (int First, int Last) RegionsOf(ulong lba, ulong blockCount) =>
        ((int)(lba / record.RegionBlocks), (int)((lba + blockCount - 1) / record.RegionBlocks));
}

/// <summary>A state on its way to stable storage.</summary>
/// <param name="Record">A copy that nobody changes.</param>
/// <param name="Membership">Which membership it tells of.</param>
internal sealed record MirrorSnapshot(MirrorRecord Record, ulong Membership);
