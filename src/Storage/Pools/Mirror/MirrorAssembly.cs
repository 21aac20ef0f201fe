namespace Blockwire.Storage;

/// <summary>What was found of a member before the mirror starts.</summary>
/// <param name="Name">As the mirror's spec names it.</param>
/// <param name="Problem">Why it could not be opened; null when it is open.</param>
internal sealed record MirrorFinding(string Name, string? Problem)
{
    public uint BlockBytes { get; init; }

    public ulong BlockCount { get; init; }

    /// <summary>It reads as zeros from end to end.</summary>
    public bool IsBlank { get; init; }

    /// <summary>It forgets everything when it is closed.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>What tells its medium from others; empty when nothing does.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Its own copy of the state belongs there; null when it has no place for one.</summary>
    public string? CopyPath { get; init; }

    /// <summary>Its own copy of the state.</summary>
    public MirrorRecord? Copy { get; init; }

    /// <summary>There is a copy, and it cannot be read.</summary>
    public string? CopyProblem { get; init; }
}

/// <summary>What there is to start a mirror from.</summary>
/// <param name="Members">In the order of the spec.</param>
internal sealed record MirrorFindings(IReadOnlyList<MirrorFinding> Members)
{
    /// <summary>`state=FILE`: the one copy of the state lies there.</summary>
    public string? SharedPath { get; init; }

    /// <summary>The state there.</summary>
    public MirrorRecord? Shared { get; init; }

    /// <summary>There is a state file, and it cannot be read.</summary>
    public string? SharedProblem { get; init; }

    /// <summary>`source=N`, from 0: whose data counts where there is no state.</summary>
    public int? Source { get; init; }

    /// <summary>`degraded`: go on though a member that is away may have newer data.</summary>
    public bool Degraded { get; init; }
}

/// <summary>A mirror must not start, or a member not come back.</summary>
internal sealed class MirrorRefusalException(string problem, string advice) : Exception($"{problem}; {advice}")
{
    public string Problem { get; } = problem;

    public string Advice { get; } = advice;
}

/// <summary>
/// Decides who is in sync when a mirror starts. Nobody is taken for in sync who might have missed an acknowledged write; where that cannot be
/// known, the mirror does not start.
/// </summary>
internal static class MirrorAssembly
{
    /// <summary>The state to begin with: members that are not in sync are out, and what they miss is noted.</summary>
    /// <exception cref="MirrorRefusalException">It must not start.</exception>
    public static MirrorRecord Start(MirrorFindings findings, Func<Guid> newMirror)
    {
        CheckDamage(findings);
        MirrorRecord? newest = Newest(findings);
        if (newest is null) return Create(findings, newMirror());
        CheckSame(findings, newest);
        MirrorRecord record = newest.Copy();
        bool[] isOut = new bool[findings.Members.Count];
        for (int i = 0; i < isOut.Length; i++) isOut[i] = !Keeps(findings, newest, record.Members[i], i);
        int source = Array.IndexOf(isOut, false);
        if (source < 0) throw NobodyInSync(findings, newest);
        for (int i = 0; i < isOut.Length; i++)
        {
            // Where writes were on their way members may differ: the first has it, whatever it has, and the others get it from there.
            bool mayDiffer = i != source && !newest.Intent.IsEmpty;
            if (isOut[i] || mayDiffer) Leave(record, record.Members[i]);
        }
        record.Intent.Clear();
        return record;
    }

    /// <summary>Whether a member that returns misses everything, and not only what was noted while it was away.</summary>
    /// <exception cref="MirrorRefusalException">It must not come back.</exception>
    public static bool MissesEverything(MirrorRecord current, int member, MirrorFinding found)
    {
        if (found.BlockBytes != current.BlockBytes)
            throw new MirrorRefusalException($"{found.Name} has blocks of {found.BlockBytes} bytes and the mirror of {current.BlockBytes}", $"add ?block={current.BlockBytes}");
        if (found.BlockCount < current.BlockCount)
            throw new MirrorRefusalException($"{found.Name} is smaller than the mirror, which has {DiskSize.Format(current.BlockCount * current.BlockBytes)}", "make it larger");
        if (found.CopyProblem is { } damage) throw Damaged(found.CopyPath!, damage);
        MirrorMemberRecord known = current.Members[member];
        if (found.Copy is { } copy)
        {
            if (copy.Mirror != current.Mirror) throw OtherMirror(found);
            if (copy.Owner != member || copy.Members.Length != current.Members.Length) throw OtherOrder(found, copy.Owner, member);
            if (WentOnAlone(copy, current, member)) throw SplitBrain(found, member);
        }
        bool isSwapped = known.Identity.Length > 0 && found.Identity.Length > 0 && known.Identity != found.Identity;
        return found.IsVolatile || isSwapped || (found.CopyPath is not null && found.Copy is null);
    }

    private static MirrorRecord? Newest(MirrorFindings findings) => findings.SharedPath is not null
        ? findings.Shared
        : findings.Members.Select(static it => it.Copy).OfType<MirrorRecord>().MaxBy(static it => it.Generation);

    private static void CheckDamage(MirrorFindings findings)
    {
        if (findings.SharedProblem is { } damage) throw Damaged(findings.SharedPath!, damage);
        // With another whole copy a damaged one may still have been the newest.
        if (!findings.Degraded && findings.Members.FirstOrDefault(static it => it.CopyProblem is not null) is { } member)
            throw Damaged(member.CopyPath!, member.CopyProblem!);
    }

    private static void CheckSame(MirrorFindings findings, MirrorRecord newest)
    {
        if (newest.Members.Length != findings.Members.Count)
        {
            throw new MirrorRefusalException(
                $"its state knows {newest.Members.Length} members and not {findings.Members.Count}",
                "name those, or remove the state files and say with ?source=N which member has the data");
        }
        for (int i = 0; i < findings.Members.Count; i++)
        {
            MirrorFinding member = findings.Members[i];
            if (member.Copy is not { } copy) continue;
            if (copy.Mirror != newest.Mirror) throw OtherMirror(member);
            if (copy.Owner != i || copy.Members.Length != newest.Members.Length) throw OtherOrder(member, copy.Owner, i);
            if (WentOnAlone(copy, newest, i)) throw SplitBrain(member, i);
        }
    }

    /// <summary>Its own copy still has it in sync at a time when the others had thrown it out: both wrote, each for itself.</summary>
    private static bool WentOnAlone(MirrorRecord copy, MirrorRecord newest, int member) =>
        newest.Members[member].State != MirrorMemberState.InSync
        && copy.Members[member].State == MirrorMemberState.InSync
        && copy.Generation >= newest.Members[member].LeftAt
        && newest.Members[member].LeftAt > 0;

    /// <summary>Whether a member is in sync still; if not, notes what it misses.</summary>
    private static bool Keeps(MirrorFindings findings, MirrorRecord newest, MirrorMemberRecord member, int number)
    {
        MirrorFinding found = findings.Members[number];
        bool wasInSync = member.State == MirrorMemberState.InSync;
        if (found.Problem is not null)
        {
            if (wasInSync && found.CopyPath is not null && found.Copy is null && !findings.Degraded) throw Unseen(findings, found, number);
            return false;
        }
        bool missesEverything;
        try
        {
            missesEverything = MissesEverything(newest, number, found);
        }
        catch (MirrorRefusalException) when (findings.Members.Count > 1 && !wasInSync)
        {
            return false;       // it is judged again, and told of, when it is to come back
        }
        // Every change of the state goes to all who are in before the next begins: a copy further behind is of another time.
        bool isOld = wasInSync && found.Copy is { } copy && copy.Generation + 1 < newest.Generation;
        if (missesEverything || isOld) member.Stale.Fill();
        return wasInSync && !missesEverything && !isOld;
    }

    private static void Leave(MirrorRecord record, MirrorMemberRecord member)
    {
        if (member.State == MirrorMemberState.InSync) member.LeftAt = record.Generation + 1;
        member.State = MirrorMemberState.Out;
        member.Stale.Add(record.Intent);
    }

    private static MirrorRecord Create(MirrorFindings findings, Guid mirror)
    {
        IReadOnlyList<MirrorFinding> members = findings.Members;
        for (int i = 0; i < members.Count; i++)
        {
            if (members[i].Problem is { } problem)
                throw new MirrorRefusalException($"there is no state of it yet, and member {i + 1} cannot be opened: {problem}", "a new mirror needs all its members");
        }
        int[] withData = [.. Enumerable.Range(0, members.Count).Where(i => !members[i].IsBlank)];
        if (withData.Length > 1 && findings.Source is null)
        {
            throw new MirrorRefusalException(
                $"there is no state of it yet, and members {string.Join(", ", withData.Select(static i => i + 1))} hold data",
                $"add ?source={withData[0] + 1} to have member {withData[0] + 1} copied over the others");
        }
        MirrorRecord record = MirrorRecord.Create(mirror, members[0].BlockBytes, members.Min(static it => it.BlockCount), members.Count);
        int source = findings.Source ?? withData.FirstOrDefault();
        for (int i = 0; i < members.Count; i++)
        {
            record.Members[i].Identity = members[i].Identity;
            if (withData.Length == 0 || i == source) continue;
            Leave(record, record.Members[i]);
            record.Members[i].Stale.Fill();
        }
        return record;
    }

    private static MirrorRefusalException Damaged(string path, string damage) => new(
        $"the state file {path} {damage}",
        "if another member is in sync, remove the file and this member is copied anew");

    private static MirrorRefusalException OtherMirror(MirrorFinding member) => new(
        $"{member.Name} belongs to another mirror", $"remove {member.CopyPath} to have it copied over");

    private static MirrorRefusalException OtherOrder(MirrorFinding member, int before, int now) => new(
        $"member {now + 1}, {member.Name}, was member {before + 1} before", "name the members in their old order");

    private static MirrorRefusalException SplitBrain(MirrorFinding member, int number) => new(
        $"member {number + 1}, {member.Name}, and the others were each written to without the other",
        $"choose whose data to keep: remove {member.CopyPath} to have this member copied over, or the state files of the others to keep its data");

    private static MirrorRefusalException Unseen(MirrorFindings findings, MirrorFinding member, int number) => new(
        $"member {number + 1} cannot be opened and may have newer data than the {(findings.Members.Count == 2 ? "other" : "others")}: {member.Problem}",
        "bring it back, or add ?degraded to go on without it");

    private static MirrorRefusalException NobodyInSync(MirrorFindings findings, MirrorRecord newest)
    {
        int[] inSync = [.. Enumerable.Range(0, newest.Members.Length).Where(i => newest.Members[i].State == MirrorMemberState.InSync)];
        string who = string.Join(", ", inSync.Select(i => $"{i + 1} ({findings.Members[i].Problem ?? $"{findings.Members[i].Name} is not the medium that it was"})"));
        return new MirrorRefusalException(
            $"no member that is in sync is there: the data is on member {who}",
            "bring it back; to give that data up remove the state files and say with ?source=N which member to take");
    }
}
