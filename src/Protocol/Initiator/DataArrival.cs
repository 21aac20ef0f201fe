using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>
/// The Data-In PDUs (or R2Ts) of one task by number (RFC 7143 §4.2.2.4): which have come and which are missing. Allocates only where something is missing.
/// </summary>
public sealed class DataArrival
{
    /// <summary>Most numbers that may be missing at once.</summary>
    public const int MaxMissing = 4096;

    private List<uint>? _missing;

    // What a reassignment has acknowledged: never asked for again (RFC 7143 §7.2.2).
    private uint _floor;

    /// <summary>The number behind the highest that has come.</summary>
    public uint Next { get; private set; }

    /// <summary>After a reassignment: what comes first may begin anywhere up to <see cref="Next"/> (RFC 7143 §7.2.2).</summary>
    public bool MayRestart { get; private set; }

    /// <summary>The task was reassigned, so that numbers may have been used more than once.</summary>
    public bool HasRestarted { get; private set; }

    /// <summary>Some were asked for again, so that they may come twice.</summary>
    public bool AskedAgain { get; set; }

    /// <summary>Numbers are missing.</summary>
    public bool HasHoles => _missing is { Count: > 0 };

    /// <summary>Everything before it has come.</summary>
    public uint Contiguous
    {
        get
        {
            uint least = Next;
            foreach (uint missing in _missing ?? [])
            {
                least = Math.Min(least, missing);
            }

            return least;
        }
    }

    /// <summary>Forgets everything: the task begins anew.</summary>
    public void Reset()
    {
        Next = _floor = 0;
        MayRestart = AskedAgain = HasRestarted = false;
        _missing?.Clear();
    }

    /// <summary>What came behind a hole is discarded, and the rest comes on another connection.</summary>
    /// <returns>The number to go on from, ExpDataSN of TASK REASSIGN.</returns>
    public uint Restart()
    {
        Next = _floor = Contiguous;
        MayRestart = HasRestarted = true;
        AskedAgain = false;
        _missing?.Clear();
        return Next;
    }

    /// <summary>A number came.</summary>
    public StatusArrival Take(uint number)
    {
        if (MayRestart && number <= Next)
        {
            Next = number;
        }

        MayRestart = false;
        if (number < Next)
        {
            return _missing?.Remove(number) == true ? StatusArrival.New : StatusArrival.Duplicate;
        }

        if (!Reach(number))
        {
            return StatusArrival.Implausible;
        }

        Next = number + 1;
        return StatusArrival.New;
    }

    /// <summary>All numbers before this one have been sent. False when that cannot be.</summary>
    public bool EndsAt(uint end)
    {
        MayRestart = false;
        return end >= Next && Reach(end);
    }

    /// <summary>The first run of missing numbers, for a SNACK.</summary>
    public bool TryGetHole(out uint first, out uint count)
    {
        first = 0;
        count = 0;
        if (_missing is not { Count: > 0 } missing)
        {
            return false;
        }

        first = Contiguous;
        for (count = 1; missing.Contains(first + count); count++)
        {
            // the run goes on
        }

        return true;
    }

    private bool Reach(uint number)
    {
        if (number == Next)
        {
            return true;
        }

        if (number - Next > MaxMissing - (_missing?.Count ?? 0))
        {
            return false;
        }

        _missing ??= [];
        for (; Next != number; Next++)
        {
            if (Next >= _floor)
            {
                _missing.Add(Next);
            }
        }

        return true;
    }
}
