namespace Blockwire.Storage;

/// <summary>How a member of a mirror stands.</summary>
/// <param name="Name">As the mirror's spec names it.</param>
/// <param name="State">In sync, out or resyncing.</param>
/// <param name="IsAttached">It is open: changes go to it.</param>
/// <param name="StaleBytes">What it misses at most.</param>
/// <param name="Problem">Why it is out, in words; null when nothing is wrong.</param>
public sealed record MirrorMemberStatus(string Name, MirrorMemberState State, bool IsAttached, ulong StaleBytes, string? Problem);

/// <summary>How a mirror stands at one moment.</summary>
/// <param name="Members">In the order of its spec.</param>
/// <param name="Generation">How often its state was put on stable storage.</param>
public sealed record MirrorStatus(IReadOnlyList<MirrorMemberStatus> Members, ulong Generation)
{
    /// <summary>Whether a member is not in sync.</summary>
    public bool IsDegraded => Members.Any(static it => it.State != MirrorMemberState.InSync || !it.IsAttached);
}

/// <summary>What happened to a member of a mirror.</summary>
public enum MirrorEventKind
{
    /// <summary>It failed, or went away.</summary>
    Left,

    /// <summary>It could not be opened again, or must not be taken back.</summary>
    Refused,

    /// <summary>It is back and gets what it misses.</summary>
    ResyncBegan,

    /// <summary>It is in sync again.</summary>
    Joined,

    /// <summary>Blocks that it could not read were written to it anew.</summary>
    Repaired,

    /// <summary>The state could not be put on stable storage.</summary>
    StateFailed,
}

/// <summary>Something that happened in a mirror; the text is one line for the log.</summary>
/// <param name="Mirror">The mirror, as its spec names it.</param>
/// <param name="Member">The member's number from 1.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Text">The same in words, with the member's name.</param>
/// <param name="Status">How the mirror stands afterwards.</param>
public sealed record MirrorEvent(string Mirror, int Member, MirrorEventKind Kind, string Text, MirrorStatus Status);
