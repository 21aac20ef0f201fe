using Blockwire.Protocol.Session;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>
/// Writes down every transition, and checks each against the tables of RFC 7143 §8.1.4, §8.2 and §8.3.2 as they stand in the RFC, apart from the product's own.
/// </summary>
internal sealed class StateRecorder : ISessionObserver
{
    private readonly Dictionary<TargetConnection, string> _connections = [];
    private string _session = "Q2";

    /// <summary>Transitions in the order in which they were made, such as "0:T9", "1:M2" (with the CID before) and "N5".</summary>
    public List<string> Transitions { get; } = [];

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
            _ => throw new InvalidOperationException($"there is no {transition} from {from}"),
        };
        Note(connection, transition.ToString(), to);
    }

    public void Moved(TargetConnection connection, CleanupTransition transition)
    {
        string from = _connections[connection];
        string to = (from, transition.ToString()) switch
        {
            ("R1", "M1") or ("R2", "M4") => "R3",
            ("R1", "M2") => "R2",
            ("R2", "M3") => "R1",
            _ => throw new InvalidOperationException($"there is no {transition} from {from}"),
        };
        Note(connection, transition.ToString(), to);
    }

    public void Moved(TargetSession session, SessionTransition transition)
    {
        _session = (_session, transition.ToString()) switch
        {
            ("Q2", "N2") or ("Q5", "N10") => "Q3",
            ("Q2", "N9") or ("Q3", "N3") or ("Q4", "N6") or ("Q5", "N11") => "Q1",
            ("Q3", "N5") or ("Q5", "N8") => "Q4",
            ("Q4", "N7") => "Q5",
            _ => throw new InvalidOperationException($"there is no {transition} from {_session}"),
        };
        Transitions.Add(transition.ToString());
    }

    /// <summary>The transitions since the last call, in one line.</summary>
    public string Take()
    {
        string line = string.Join(' ', Transitions);
        Transitions.Clear();
        return line;
    }

    private void Note(TargetConnection connection, string transition, string to)
    {
        _connections[connection] = to;
        Transitions.Add($"{connection.Cid}:{transition}");
    }
}
