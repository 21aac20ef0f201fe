using Blockwire.Protocol.Login;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>
/// A lost connection of a session that goes on (RFC 7143 §7.1.4.3, §7.14, §8.2): it is logged out over another one, or reinstated; then its commands go on elsewhere
/// (level 2) or are begun anew. What the target refuses is tried with the next lower remedy: reassignment, then closing the connection, then a new session.
/// </content>
public sealed partial class InitiatorSession
{
    private const int MostAttempts = 4;

    private void BeginCleanup(InitiatorConnection connection, string why, (int Wait, int Retain) times, TimeSpan now, IInitiatorEffects effects)
    {
        connection.LostAt = now;
        connection.WhyLost = why;
        connection.Deadline = now + TimeSpan.FromSeconds(times.Wait); // RFC 7143 §13.15: not before
        connection.RetainedUntil = connection.Deadline + TimeSpan.FromSeconds(times.Retain);
        WakeAt(connection.Deadline);
        if (State == InitiatorSessionState.LoggedIn && !_connections.Exists(static it => it.IsOpen))
        {
            Move(InitiatorSessionTransition.N5);
        }

        if (Level == 0)
        {
            LoseSession(why, times.Wait, now, effects);
        }
    }

    private bool NeverReassigns => (Options.Quirks & PeerQuirks.NoTaskReassign) != PeerQuirks.None;

    private void Recover(InitiatorConnection lost, TimeSpan now, IInitiatorEffects effects)
    {
        if (lost.Cleanup != CleanupState.CleanupWait || lost.State != InitiatorConnectionState.CleanupWait || now < lost.Deadline)
        {
            return;
        }

        if (lost.Attempts >= MostAttempts || (State == InitiatorSessionState.Failed && lost.Attempts > 0 && now >= lost.RetainedUntil))
        {
            LoseSession(lost.WhyLost, now, effects);
        }
        else if (Choose() is { } carrier)
        {
            lost.Attempts++;
            bool forRecovery = Level == 2 && !lost.RefusesRecovery && !NeverReassigns;
            SendLogout(new InitiatorLogout(forRecovery ? LogoutReason.RemoveConnectionForRecovery : LogoutReason.CloseConnection, lost), carrier, now);
        }
        else if (NeverReassigns && Level == 2 && !IsLoggingIn && !_connections.Exists(static it => it.IsOpen))
        {
            LoseSession(lost.WhyLost, now, effects); // a login with its CID would keep its tasks for reassignment (RFC 7143 §6.3.4)
        }
        else if (!IsLoggingIn && !_connections.Exists(static it => it.IsOpen))
        {
            lost.Attempts++;
            lost.Move(CleanupTransition.M2);
            lost.Remedy = Connect(lost.Cid, ConnectionPurpose.Reinstate, lost, now, effects);
        }
    }

    private void OnRecoveryLogout(InitiatorLogout logout, in LogoutResponse response, TimeSpan now, IInitiatorEffects effects)
    {
        InitiatorConnection named = logout.Named!;
        if (named.Remedy != logout)
        {
            return;
        }

        bool forRecovery = logout.Reason == LogoutReason.RemoveConnectionForRecovery;
        switch (response.Response)
        {
            case LogoutResponseCode.Closed:
                Free(named);
                Settle(named, forRecovery, TimeSpan.FromSeconds(Level == 2 ? response.Time2Wait : 0), now, effects);
                Manage(now, effects);
                break;
            case LogoutResponseCode.CidNotFound:
                // It is free at the target: settled before, or never known. What became of its commands TASK REASSIGN tells.
                Free(named);
                Settle(named, forRecovery, TimeSpan.Zero, now, effects);
                Manage(now, effects);
                break;
            case LogoutResponseCode.RecoveryNotSupported:
                named.RefusesRecovery = true;
                CleanupFailed(named, "the target does not recover connections", now, effects, response.Time2Wait);
                break;
            default:
                CleanupFailed(named, $"the target answered the logout with {response.Response}", now, effects, response.Time2Wait);
                break;
        }
    }

    // M3: tried again after the time that the target names (L30).
    private void CleanupFailed(InitiatorConnection named, string why, TimeSpan now, IInitiatorEffects effects, int time2Wait = 0)
    {
        named.Remedy = null;
        named.WhyLost = $"{named.WhyLost}; {why}";
        named.Move(CleanupTransition.M3);
        named.Deadline = now + TimeSpan.FromSeconds(time2Wait);
        WakeAt(named.Deadline);
        Manage(now, effects);
    }

    private void OnReinstatementFailed(InitiatorConnection lost, string why, InitiatorLoginFailure? failure, TimeSpan now, IInitiatorEffects effects)
    {
        lost.Remedy = null;
        lost.Move(CleanupTransition.M3);
        if (failure is { IsWorthRetrying: false })
        {
            // The session is not there any more, or this way back into it is refused: the next lower remedy.
            LoseSession($"{lost.WhyLost}; {why}", now, effects);
            return;
        }

        lost.WhyLost = $"{lost.WhyLost}; {why}";
        lost.Deadline = now + BackOff(lost.Attempts);
        WakeAt(lost.Deadline);
    }

    /// <summary>
    /// A connection has been logged out, in so many words or by a login with its CID. Commands that were acknowledged wait for their reassignment or are over; those that
    /// were not are missing at the target, and are sent again with their numbers (RFC 7143 §11.14, §7.2.1).
    /// </summary>
    private void Settle(InitiatorConnection gone, bool forRecovery, TimeSpan wait, TimeSpan now, IInitiatorEffects effects)
    {
        for (Serial32 number = Numbers.ExpCmdSN; number != Numbers.CmdSN; number++)
        {
            if (Numbers[number].Connection == gone)
            {
                Numbers[number].Connection = null;
            }
        }

        // From the last to the first: each one that is begun anew goes before all that wait, and their order stays.
        InitiatorTask[] tasks = TasksOf(gone);
        for (int i = tasks.Length - 1; i >= 0; i--)
        {
            InitiatorTask task = tasks[i];
            bool discarded = !Numbers.IsAcknowledged(task.CmdSN);
            ReleaseStatus(task);
            Attach(task, null);
            task.Aborting = false;
            if (discarded)
            {
                if (task.AbortAs != RequestEnd.None)
                {
                    EndTask(task, task.AbortAs, task.Why, false, effects); // it never ran; a ping takes its number
                }
                else
                {
                    task.Place = TaskPlace.Discarded;
                }
            }
            else if (forRecovery)
            {
                task.Place = TaskPlace.Unassigned;
                task.FormerCid = gone.Cid;
                task.ReassignAt = now + wait;
                WakeAt(task.ReassignAt);
            }
            else if (task.AbortAs != RequestEnd.None && !task.RepeatAfterAbort)
            {
                EndTask(task, task.AbortAs, task.Why, true, effects);
            }
            else
            {
                RepeatOrEnd(task, RequestEnd.Lost, $"its connection was lost: {gone.WhyLost}", effects);
            }
        }

        effects.Raise(new InitiatorNotice(InitiatorEvent.ConnectionRecovered, forRecovery ? "its commands go on elsewhere" : "its commands are begun anew") { Cid = gone.Cid });
    }

    private static void ReleaseStatus(InitiatorTask task)
    {
        if (task.HeldStatSN is { } statSN)
        {
            task.Connection?.Statuses.Release(statSN);
            task.HeldStatSN = null;
        }
    }

    /// <summary>Tasks of a connection, in the order of their numbers.</summary>
    private InitiatorTask[] TasksOf(InitiatorConnection? connection)
    {
        List<InitiatorTask> tasks = [];
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorTask task && (connection is null || task.Connection == connection))
            {
                tasks.Add(task);
            }
        }

        tasks.Sort(static (left, right) => Serial32.Distance(right.CmdSN, left.CmdSN));
        return [.. tasks];
    }

    private void ReassignTasks(TimeSpan now)
    {
        int underWay = 0;
        for (int place = 0; place < _requests.Places; place++)
        {
            underWay += _requests.At(place) is InitiatorTask { Place: TaskPlace.Reassigning } ? 1 : 0;
        }

        for (int place = 0; place < _requests.Places && underWay < MostReassignedAtOnce; place++)
        {
            if (_requests.At(place) is not InitiatorTask { Place: TaskPlace.Unassigned } task)
            {
                continue;
            }

            if (task.IsLanding)
            {
                WakeAt(now + _landingPause);
            }
            else if (task.AbortAs != RequestEnd.None)
            {
                if (now >= task.SnackAt)
                {
                    SendAbort(task, now);
                }
            }
            else if (now >= task.ReassignAt && !_requests.IsFull && Choose() is { } connection)
            {
                Reassign(task, connection, now);
                underWay++;
            }
        }
    }

    /// <summary>A command that the target has let go of: it is begun anew when it may run twice, else it ends.</summary>
    private void RepeatOrEnd(InitiatorTask task, RequestEnd end, string why, IInitiatorEffects effects)
    {
        if (!task.MayRepeat || task.Repeats >= Options.RepeatLimit || _isClosing || _isOver)
        {
            EndTask(task, _isClosing && task.MayRepeat ? RequestEnd.TerminatedByLogout : end, why, true, effects);
            return;
        }

        Unplug(task);
        Detach(task);
        task.Repeats++;
        task.RanBefore = true;
        task.Restart();
        task.AbortAs = RequestEnd.None;
        task.Place = TaskPlace.Waiting;
        _waiting.AddFirst(task);
        effects.Raise(new InitiatorNotice(InitiatorEvent.CommandRepeated, why) { Lun = task.Lun });
    }
}
