using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>What is remembered of a session.</summary>
internal sealed class SessionModel
{
    private const int MostTasks = 1 << 16;

    /// <summary>The results of the login; null while they are not known.</summary>
    public SessionParameters? Parameters { get; set; }

    public bool IsDiscovery { get; set; }

    public ushort Tsih { get; set; }

    public ulong Isid { get; set; }

    public string InitiatorName { get; set; } = "";

    /// <summary>Connections that are in it now.</summary>
    public List<ConnectionModel> Connections { get; } = [];

    /// <summary>Connections that have ever been in it.</summary>
    public int ConnectionsSeen { get; set; }

    /// <summary>The CmdSN of the next command, or null while it is not known.</summary>
    public Serial32? NextCmdSN { get; set; }

    /// <summary>The highest MaxCmdSN that the target has told.</summary>
    public Serial32? MaxCmdSN { get; set; }

    /// <summary>Tasks that have no answer yet, by their Initiator Task Tags.</summary>
    public Dictionary<uint, TaskModel> Tasks { get; } = [];

    /// <summary>Has all of the session been captured? Else tags and numbers may be those of what was not.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Tasks that were ended by a function or a logout, and whose PDUs may still be under way.</summary>
    public bool HasAborted { get; set; }

    public int ErrorRecoveryLevel => Parameters?.ErrorRecoveryLevel ?? 0;

    /// <summary>Things may be sent again, or are not known to be not.</summary>
    public bool MayRepeat => Parameters is null || ErrorRecoveryLevel > 0 || ConnectionsSeen > 1;

    public void LoseTrack()
    {
        IsComplete = false;
        NextCmdSN = null;
        MaxCmdSN = null;
        foreach (TaskModel task in Tasks.Values)
        {
            task.IsCertain = false;
        }
    }

    public void Add(TaskModel task)
    {
        if (Tasks.Count >= MostTasks)
        {
            Tasks.Clear(); // a peer that never gets answers; what is remembered stays bounded
            IsComplete = false;
        }

        Tasks[task.InitiatorTaskTag] = task;
    }
}
