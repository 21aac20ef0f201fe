using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>What a StatSN that came means.</summary>
public enum StatusArrival
{
    /// <summary>It was expected, or fills a hole: the PDU counts.</summary>
    New,

    /// <summary>It has been here before: the PDU is discarded (RFC 7143 §4.2.2.2).</summary>
    Duplicate,

    /// <summary>Too far ahead to be true.</summary>
    Implausible,
}

/// <summary>
/// The responses of one connection, by StatSN (RFC 7143 §4.2.2.2): which have come, which are missing, and what may be acknowledged. A status whose data is not complete
/// is not acknowledged either (§7.9).
/// </summary>
/// <param name="next">The StatSN that comes next.</param>
public sealed class StatusSequence(Serial32 next)
{
    /// <summary>Most responses that may be missing at once; more is a connection that cannot be mended.</summary>
    public const int MaxMissing = 1024;

    private readonly List<Serial32> _missing = [];
    private readonly List<Serial32> _unfinished = [];

    /// <summary>The one behind the highest that has come.</summary>
    public Serial32 Next { get; private set; } = next;

    /// <summary>Responses are missing.</summary>
    public bool HasHoles => _missing.Count > 0;

    /// <summary>What a PDU of ours says in ExpStatSN: everything before it has come, with its data.</summary>
    public Serial32 ExpStatSN
    {
        get
        {
            Serial32 least = Next;
            foreach (Serial32 missing in _missing)
            {
                least = missing < least ? missing : least;
            }

            foreach (Serial32 unfinished in _unfinished)
            {
                least = unfinished < least ? unfinished : least;
            }

            return least;
        }
    }

    /// <summary>A PDU came that takes a StatSN.</summary>
    public StatusArrival Take(Serial32 statSN)
    {
        int ahead = Serial32.Distance(Next, statSN);
        if (ahead < 0)
        {
            return _missing.Remove(statSN) ? StatusArrival.New : StatusArrival.Duplicate;
        }

        if (!Reach(statSN))
        {
            return StatusArrival.Implausible;
        }

        Next = statSN + 1;
        return StatusArrival.New;
    }

    /// <summary>A PDU came that shows the next StatSN and does not take it: an R2T, or a NOP-In without a task (RFC 7143 §11.8.3, §11.19.2). False when it cannot be true.</summary>
    public bool Show(Serial32 statSN) => Serial32.Distance(Next, statSN) <= 0 || Reach(statSN);

    /// <summary>The first run of missing responses, for a SNACK.</summary>
    public bool TryGetHole(out Serial32 first, out uint count)
    {
        first = default;
        count = 0;
        if (_missing.Count == 0)
        {
            return false;
        }

        first = _missing[0];
        foreach (Serial32 missing in _missing)
        {
            first = missing < first ? missing : first;
        }

        for (count = 1; _missing.Contains(first + count); count++)
        {
            // the run goes on
        }

        return true;
    }

    /// <summary>A status has come whose data is not complete.</summary>
    public void Hold(Serial32 statSN)
    {
        if (!_unfinished.Contains(statSN))
        {
            _unfinished.Add(statSN);
        }
    }

    /// <summary>Its data is complete, or nobody wants it any more.</summary>
    public void Release(Serial32 statSN) => _unfinished.Remove(statSN);

    private bool Reach(Serial32 statSN)
    {
        if (statSN - Next > MaxMissing - _missing.Count)
        {
            return false;
        }

        for (; Next != statSN; Next++)
        {
            _missing.Add(Next);
        }

        return true;
    }
}
