using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Session;

namespace Blockwire.Initiator;

/// <summary>
/// What a session core asked for while its lock was held, carried out after the lock is left. A thread rents one, calls the core through it, and lets it run.
/// </summary>
internal sealed class SessionTurn : IInitiatorEffects
{
    [ThreadStatic]
    private static SessionTurn? _spare;

    private readonly List<InitiatorRequest> _ended = [];
    private readonly List<Action> _later = [];
    private IscsiSession _session = null!;
    private SessionTurn? _next;

    private SessionTurn()
    {
    }

    /// <summary>Takes a turn for a session. Turns nest: what one completes may begin another.</summary>
    public static SessionTurn Rent(IscsiSession session)
    {
        SessionTurn turn = _spare ?? new SessionTurn();
        _spare = turn._next;
        turn._session = session;
        return turn;
    }

    /// <summary>Carries out everything that was asked for.</summary>
    public void RunAndReturn()
    {
        for (int i = 0; i < _later.Count; i++)
        {
            _later[i]();
        }

        _later.Clear();
        for (int i = 0; i < _ended.Count; i++)
        {
            _ended[i].Release();
        }

        _ended.Clear();
        _session = null!;
        _next = _spare;
        _spare = this;
    }

    public void Connect(InitiatorConnection connection)
    {
        SessionLink link = new(_session, connection);
        connection.Shell = link;
        _session.AddLink(link);
        _later.Add(link.Start);
    }

    public void Close(InitiatorConnection connection, InitiatorClose how, string why)
    {
        if (connection.Shell is SessionLink link)
        {
            _later.Add(() => link.Close(how, why));
        }
    }

    public void Ended(InitiatorRequest request) => _ended.Add(request);

    public void Raise(in InitiatorNotice notice)
    {
        IscsiSession session = _session;
        InitiatorNotice copy = notice;
        session.Queue(copy);
        _later.Add(() => session.OnNotice(copy));
    }

    public void Note(InitiatorConnection connection, in Deviation deviation)
    {
        IscsiSession session = _session;
        string rule = deviation.Rule;
        string action = deviation.Action.ToString();
        _later.Add(() => session.OnDeviation(connection, action, rule));
    }
}
