using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>Connections that go while the session may go on (RFC 7143 §6.3.4, §7.14, §11.9.1, §11.14.5), at recovery level 0.</content>
public sealed partial class TargetSession
{
    private readonly List<ConnectionLoss> _losses = [];

    /// <summary>The whole session is being logged out or reset: no connection may join it any more.</summary>
    public bool IsClosing => _resettingNexus || _logouts.Exists(static operation => operation.Request.Reason == LogoutReason.CloseSession);

    /// <summary>
    /// A connection's transport is gone. Its tasks end; the others go on and one of them tells the initiator. With the last connection the session ends (RFC 7143 §7.14
    /// at recovery level 0).
    /// </summary>
    public void ConnectionLost(TargetConnection connection, string why, ITargetEffects effects)
    {
        EndLanding(connection, effects);
        if (connection.State == ConnectionState.Free)
        {
            return;
        }

        if (_connections.Count < 2)
        {
            FreeConnection(connection, effects);
            End(why, effects);
            return;
        }

        // Whoever is logging it out by another connection hears by the Logout Response.
        bool known = _logouts.Exists(logout => logout.Carrier != connection && logout.Carrier.State != ConnectionState.Free && logout.Closing.Contains(connection));
        List<TargetTask> tasks = Matching(task => task.Connection == connection);
        ConnectionLoss loss = new(connection, AffectedUnits(tasks, effects), announce: !known);
        _losses.Add(loss);
        foreach (TargetTask task in tasks)
        {
            WaitFor(task, loss);
        }

        FreeConnection(connection, effects);
        ReleaseOperation(loss, effects);
    }

    private void FinishLoss(ConnectionLoss loss, ITargetEffects effects)
    {
        _losses.Remove(loss);
        if (Ended)
        {
            return;
        }

        foreach (ulong lun in loss.Units)
        {
            effects.TasksEndedByTransport(lun);
        }

        if (loss.Announce && _connections.Find(static other => other.State is ConnectionState.LoggedIn or ConnectionState.LogoutRequested) is { } survivor)
        {
            Span<byte> bhs = survivor.Outgoing.Add();
            new AsyncMessage(
                0,
                AsyncEvent.ConnectionDrop,
                0,
                loss.Connection.Cid,
                (ushort)Parameters.DefaultTime2Wait,
                (ushort)Parameters.DefaultTime2Retain).Emit(bhs);
            survivor.StampStatus(bhs);
        }
        else
        {
            TellWindow();
        }
    }

    /// <summary>
    /// Makes way for a connection that reinstates the one with the same CID (RFC 7143 §6.3.4): below recovery level 2 the old one is logged out as
    /// if with "close the connection", and the session goes on.
    /// </summary>
    public void MakeWay(ushort cid, ITargetEffects effects)
    {
        if (_connections.Find(connection => connection.Cid == cid) is { } old)
        {
            // RFC 7143 §11.14.5 a: the initiator learns by a unit attention that tasks were ended.
            foreach (ulong lun in AffectedUnits(Matching(task => task.Connection == old), effects))
            {
                effects.TasksEndedByTransport(lun);
            }

            FreeConnection(old, effects);
            effects.Close(old, CloseKind.Now, "reinstated by a new connection");
        }
    }

    private void FreeConnection(TargetConnection connection, ITargetEffects effects)
    {
        connection.State = ConnectionState.Free;
        _connections.Remove(connection);
        ForgetRequestsOf(connection);
        AbortAll(Matching(task => task.Connection == connection), waitForData: false, effects);
        StepFence(effects);
    }

    // Each unit once, however its LUN is spelled. Commands that were not delivered are sent again, and those that a function has ended are no news.
    private static List<ulong> AffectedUnits(List<TargetTask> tasks, ITargetEffects effects)
    {
        List<ulong> units = [];
        foreach (TargetTask task in tasks)
        {
            if (task.State != TaskState.Held && !task.Aborted && !units.Exists(lun => effects.IsSameUnit(lun, task.Lun)))
            {
                units.Add(task.Lun);
            }
        }

        return units;
    }
}
