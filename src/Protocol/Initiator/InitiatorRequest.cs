using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>How a request ended for the initiator.</summary>
public enum RequestEnd
{
    /// <summary>Not yet.</summary>
    None,

    /// <summary>The target answered it.</summary>
    Answered,

    /// <summary>The caller did not want it any more, or a task management function ended it.</summary>
    Aborted,

    /// <summary>The target took longer than its time limit, and it was aborted.</summary>
    TimedOut,

    /// <summary>A logout that the caller asked for ended it (RFC 7143 §11.14).</summary>
    TerminatedByLogout,

    /// <summary>The target ended it: Asynchronous Message, event 5 (RFC 7143 §11.9.1).</summary>
    TerminatedByTarget,

    /// <summary>Its connection or session is gone, and it must not be repeated.</summary>
    Lost,

    /// <summary>The target rejected it (RFC 7143 §11.17).</summary>
    Rejected,

    /// <summary>Data of it was lost on the way and cannot be had again (RFC 7143 §7.8).</summary>
    DataLost,

    /// <summary>There is no session, and none came within the time limit.</summary>
    NoSession,

    /// <summary>The session is closed or closing.</summary>
    Closed,
}

/// <summary>Whatever has an Initiator Task Tag. A request is used again by its owner only after it has ended.</summary>
public abstract class InitiatorRequest
{
    /// <summary>Its tag, given by the session (RFC 7143 §11.2.1.8).</summary>
    public uint InitiatorTaskTag { get; internal set; } = Bhs.ReservedTag;

    /// <summary>The connection that it was sent on; null while it waits.</summary>
    public InitiatorConnection? Connection { get; internal set; }

    /// <summary>How it ended.</summary>
    public RequestEnd End { get; internal set; }

    /// <summary>In words, for whoever asked for it.</summary>
    public string Why { get; internal set; } = "";

    /// <summary>When it was sent last.</summary>
    internal TimeSpan SentAt { get; set; }

    /// <summary>When it has taken too long.</summary>
    internal TimeSpan Deadline { get; set; } = TimeSpan.MaxValue;

    /// <summary>The initiator wants it no more; nothing else of the core refers to it. Called outside the session's lock, once.</summary>
    public abstract void Release();
}
