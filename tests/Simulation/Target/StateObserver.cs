using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>
/// Checks every transition against the tables of RFC 7143 §8.1.4, §8.2 and §8.3.2, written down here once more, apart from the product; and that what is kept for
/// Time2Wait and Time2Retain is kept for as long as that, and to the tick no longer (§7.5, §8.2.2 M1, §8.3.4 N6).
/// </summary>
internal sealed class StateObserver(SimTarget target) : ISessionObserver
{
    private readonly Dictionary<TargetConnection, string> _connections = [];
    private readonly Dictionary<TargetConnection, TimeSpan> _lostAt = [];
    private string _session = "Q2";
    private TimeSpan _lastChange;
    private TimeSpan? _earlyAt;

    private TimeSpan Now => target.Timeline.Now;

    /// <summary>The session is ended from outside, whatever time it would have.</summary>
    public bool EndsOtherwise { get; set; }

    public void Moved(TargetConnection connection, ConnectionTransition transition)
    {
        string from = _connections.GetValueOrDefault(connection, "S4");
        string to = (from, transition.ToString()) switch
        {
            ("S4", "T5") => "S5",
            ("S5", "T8") or ("S6", "T13") or ("S7", "T18") => "S1",
            ("S5", "T9") or ("S7", "T10") => "S6",
            ("S5", "T11") or ("S7", "T12") => "S7",
            ("S5", "T15") or ("S6", "T17") or ("S7", "T16") => "R1",
            _ => throw Wrong(from, transition.ToString()),
        };
        Note(connection, from, transition.ToString(), to);
    }

    public void Moved(TargetConnection connection, CleanupTransition transition)
    {
        string from = _connections.GetValueOrDefault(connection, "S4");
        string to = (from, transition.ToString()) switch
        {
            ("R1", "M1") or ("R2", "M4") => "R3",
            ("R1", "M2") => "R2",
            ("R2", "M3") => "R1",
            _ => throw Wrong(from, transition.ToString()),
        };
        if (transition == CleanupTransition.M1 && Now < _lostAt[connection] + Retention(connection.Session))
        {
            _earlyAt = Now; // only with the whole session
        }

        Note(connection, from, transition.ToString(), to);
    }

    public void Moved(TargetSession session, SessionTransition transition)
    {
        string from = _session;
        _session = (from, transition.ToString()) switch
        {
            ("Q2", "N2") or ("Q5", "N10") => "Q3",
            ("Q2", "N9") or ("Q3", "N3") or ("Q4", "N6") or ("Q5", "N11") => "Q1",
            ("Q3", "N5") or ("Q5", "N8") => "Q4",
            ("Q4", "N7") => "Q5",
            _ => throw Wrong(from, transition.ToString()),
        };
        if (transition == SessionTransition.N6 && !EndsOtherwise)
        {
            BrokenRuleException.Unless(
                _lostAt.Values.All(at => Now >= at + Retention(session)), "a session that has failed is kept for Time2Wait and Time2Retain (RFC 7143 §8.3.4, N6)");
        }

        _earlyAt = _session == "Q1" ? null : _earlyAt;
        Trace($"session {session.Tsih}", from, transition.ToString());
    }

    /// <summary>After a tick of the clock nothing is left whose time was up before it.</summary>
    public void CheckLate(TargetSession session, bool joining)
    {
        BrokenRuleException.Unless(_earlyAt is null, "a lost connection is kept for Time2Wait and Time2Retain (RFC 7143 §8.2.2, M1)");
        foreach ((TargetConnection connection, TimeSpan at) in _lostAt)
        {
            BrokenRuleException.Unless(
                _connections[connection] != "R1" || Now < at + Retention(session), $"a lost connection is not kept longer than Time2Wait and Time2Retain (RFC 7143 §8.2.2, M1): c{connection.Cid}");
        }


        // A login under way keeps the session.
        BrokenRuleException.Unless(
            _session != "Q4" || joining || _connections.ContainsValue("R2") || Now < _lastChange + Retention(session), "a session that has failed is not kept longer than Time2Wait and Time2Retain (RFC 7143 §8.3.4, N6)");
    }

    // Time2Retain 0: nothing is kept, not even for Time2Wait (RFC 7143 §13.16).
    private static TimeSpan Retention(TargetSession session) => session.Parameters.DefaultTime2Retain is var retain and > 0
        ? TimeSpan.FromSeconds(session.Parameters.DefaultTime2Wait + retain)
        : TimeSpan.Zero;

    private static BrokenRuleException Wrong(string from, string transition) => new($"RFC 7143 §8 has no {transition} from {from}");

    private void Note(TargetConnection connection, string from, string transition, string to)
    {
        _connections[connection] = to;
        _lastChange = Now;
        if (to is "R1" && from is not "R2")
        {
            _lostAt[connection] = Now;
        }
        else if (to is "S1" or "R3")
        {
            _lostAt.Remove(connection);
        }

        Trace($"c{connection.Cid}", from, transition);
    }

    private void Trace(string who, string from, string transition)
    {
        target.Census.Count($"transition: {transition}");
        target.Trace.Add($"target  {who}: {transition} from {from}");
    }
}
