using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Wire;

namespace Blockwire.Target;

/// <summary>One served target: its device server and its sessions.</summary>
internal sealed partial class TargetNode(ServerContext server, string name, string? alias, ChapOptions? chap, ScsiTargetDevice device) : ITaskSets
{
    private readonly Dictionary<SessionKey, ServedSession> _sessions = [];
    private readonly Dictionary<SessionKey, Task> _draining = [];
    private readonly Lock _gate = new();
    private ServedSession[]? _snapshot; // of the sessions, while none comes or goes

    public string Name { get; } = name;

    public string? Alias { get; } = alias;

    public ScsiTargetDevice Device { get; } = device;

    /// <summary>What an initiator must prove before it may log in here.</summary>
    public IAuthentication AuthenticationOf(string initiatorName) =>
        chap is null ? NoAuthentication.Instance : new ChapAuthentication(chap, initiatorName, server.Options.Random);

    /// <summary>The sessions of this moment; not to be changed.</summary>
    public IReadOnlyList<ServedSession> Sessions
    {
        get
        {
            lock (_gate)
            {
                return _snapshot ??= [.. _sessions.Values];
            }
        }
    }

    /// <summary>The session of an initiator port, if there is one.</summary>
    public ServedSession? Find(SessionKey key)
    {
        lock (_gate)
        {
            return _sessions.GetValueOrDefault(key);
        }
    }

    /// <summary>Puts a session in place of the one that it reinstates, which is ended (RFC 7143 §6.3.5). Its nexus is known to the device server afterwards.</summary>
    /// <returns>False when that one belongs to somebody who has proved a name, and this login has not proved the same: it evicts nobody.</returns>
    public bool Install(ServedSession session)
    {
        while (true)
        {
            ServedSession? old;
            lock (_gate)
            {
                if (_sessions.TryAdd(session.Key, session))
                {
                    _snapshot = null;
                    session.Predecessors = _draining.GetValueOrDefault(session.Key, Task.CompletedTask);
                    break;
                }

                old = _sessions[session.Key];
            }

            // RFC 7143 §7.4.2.2: also a discovery session with target name, which has proved what discovery asks for and not what the target does.
            if (old.AuthenticatedName is { } proved && proved != session.AuthenticatedName)
            {
                return false;
            }

            old.Do((core, turn) => core.Terminate("reinstated by a new session", CloseKind.Now, SessionEnding.Closure, turn));
            Remove(old);
        }

        if (session.Core.Type == SessionType.Normal)
        {
            Device.AttachNexus(session.Nexus, afterNexusLoss: false);
        }

        return true;
    }

    /// <summary>Forgets a session. False when it was gone already.</summary>
    public bool Remove(ServedSession session)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(session.Key, out ServedSession? current) || current != session)
            {
                return false;
            }

            _sessions.Remove(session.Key);
            _snapshot = null;
            ForgetWhenDrained(session);
        }

        server.ReleaseTsih(session.Core.Tsih);
        if (session.Core.Type == SessionType.Normal)
        {
            Device.DetachNexus(session.Nexus);
        }

        server.Statistics.CountSessionClosed();
        return true;
    }

    // Commands of a session that has ended, and its copies, may still be with the disk. The next session of the same initiator port waits for them, or an old write could
    // overwrite a newer one that was already acknowledged.
    private void ForgetWhenDrained(ServedSession session)
    {
        Task drained = Task.WhenAll(session.DrainAsync(), Device.CopiesEndAsync(session.Nexus));
        if (drained.IsCompleted)
        {
            return;
        }

        Task all;
        lock (_gate)
        {
            all = _draining.TryGetValue(session.Key, out Task? former) ? Task.WhenAll(former, drained) : drained;
            _draining[session.Key] = all;
        }

        _ = ForgetAsync(session.Key, all);
    }

    private async Task ForgetAsync(SessionKey key, Task drained)
    {
        await drained.ConfigureAwait(false);
        lock (_gate)
        {
            if (_draining.GetValueOrDefault(key) == drained)
            {
                _draining.Remove(key);
            }
        }
    }

    /// <summary>Ends every session on the target's own account, after what is queued and a word of it have been sent (RFC 7143 §11.9.1).</summary>
    public void CloseEverything(string why)
    {
        foreach (ServedSession session in Sessions)
        {
            session.Do((core, turn) => core.Drop(why, turn));
        }
    }
}
