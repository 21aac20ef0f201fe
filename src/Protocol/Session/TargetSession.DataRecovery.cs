using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// Data from the initiator that did not come (RFC 7143 §7.1.4.1, §7.8, §7.9), and R2Ts that have to be sent again or in another place (§11.16, §7.2.2). What is missing is
/// asked for once its sequence has ended: only then is it known, and only then may another R2T take the place of the one that was out (§13.17, §13.19).
/// </content>
public sealed partial class TargetSession
{
    // Without progress for so many timeouts a sequence is lost, though other data comes on its connection.
    private const int BesideOtherData = 3;
    private static readonly TimeSpan _ticksAreApart = TimeSpan.FromSeconds(5);
    private TimeSpan? _sequencesCheckedAt;

    // A sequence has ended. What is lost is asked for by SendR2Ts, or the command fails.
    private void JudgeEnd(TargetTask task, SequenceEnd end, IscsiCondition unrecovered, ITargetEffects effects)
    {
        if (end == SequenceEnd.Whole || task.Aborted)
        {
            return;
        }

        if (!Recovers)
        {
            task.Failure ??= unrecovered;
        }
        else if (end == SequenceEnd.Exhausted)
        {
            task.Failure ??= IscsiCondition.ProtocolServiceCrcError;
        }
        else
        {
            effects.Note(task.Connection, Deviation.Ignored("7143/7.9 data that did not come is asked for again"));
        }
    }

    // RFC 7143 §7.1.4.1 b, §D.2.3 (Transfer-Context-Timeout-Handler): a sequence whose data or F bit does not come.
    private void CheckSequences(TimeSpan now, ITargetEffects effects)
    {
        // A server that was not running has not heard anything, and what it missed may lie in its sockets.
        bool overslept = now - _sequencesCheckedAt > _ticksAreApart;
        _sequencesCheckedAt = now;
        if (overslept)
        {
            foreach (TargetConnection connection in _connections)
            {
                connection.HeardDataAt = now;
            }

            return;
        }

        List<TargetTask>? stalled = null;
        foreach (TargetTask task in _tasks.Values)
        {
            if (!task.Out.Quiet && task.Connection.LandingTask != task && task.Out.TryFindStalled(StalledSince(task.Connection, now), out _))
            {
                (stalled ??= []).Add(task);
            }
        }

        if (stalled is not null)
        {
            foreach (TargetTask task in stalled)
            {
                GiveUpSequences(task, now, effects);
            }
        }
    }

    private void GiveUpSequences(TargetTask task, TimeSpan now, ITargetEffects effects)
    {
        while (task.Out.TryFindStalled(StalledSince(task.Connection, now), out uint tag))
        {
            // Unsolicited data whose end does not come, but all its data, is whole at level 1; at level 0 nothing more is known than that the peer breaks off.
            SequenceEnd end = task.Out.GiveUp(tag);
            JudgeEnd(task, end == SequenceEnd.Whole && !Recovers ? SequenceEnd.Short : end, IscsiCondition.ProtocolServiceCrcError, effects);
        }

        Advance(task, effects);
    }

    // Initiators answer R2Ts one after the other: while other data comes, or the peer takes what is sent, a sequence may only be waiting for its turn.
    private TimeSpan StalledSince(TargetConnection connection, TimeSpan now)
    {
        TimeSpan heardAt = connection.HeardDataAt > connection.TookAnswersAt ? connection.HeardDataAt : connection.TookAnswersAt;
        TimeSpan silence = now - heardAt;
        TimeSpan most = BesideOtherData * _options.SequenceTimeout;
        return Recovers ? now - (silence >= _options.SequenceTimeout ? _options.SequenceTimeout : most)
            : silence >= most ? now - most
            : TimeSpan.MinValue;
    }

    /// <summary>
    /// The R2T part of a Data/R2T SNACK (RFC 7143 §11.16): sends R2Ts again as they were, with the numbers of now. R2Ts that were given up are among them: their tags are
    /// old and their data is ignored, but the initiator gets the replica that it has a right to.
    /// </summary>
    /// <param name="task">The task. Its R2Ts and Data-In PDUs share one row of numbers (§4.2.2.4): the caller passes what is below the first Data-In.</param>
    /// <param name="begin">First R2TSN.</param>
    /// <param name="run">How many; 0 for all from <paramref name="begin"/> on, and with <paramref name="begin"/> 0 for all that are outstanding, which may be none.</param>
    /// <returns>False when one of them was never sent or has been answered: the SNACK is to be rejected, and nothing has been sent.</returns>
    internal static bool ResendR2Ts(TargetTask task, uint begin, uint run)
    {
        bool all = begin == 0 && run == 0;
        List<SentR2T> r2ts = all ? task.Out.Unanswered() : task.Out.UnansweredFrom(begin);
        if (run > 0)
        {
            r2ts.RemoveAll(r2t => r2t.R2TSN - begin >= run);
        }

        if (!all && (run > 0 ? (uint)r2ts.Count != run : r2ts.Count == 0 || r2ts[0].R2TSN != begin))
        {
            return false;
        }

        foreach (SentR2T r2t in r2ts)
        {
            SendR2T(task, r2t);
        }

        return true;
    }

    /// <summary>
    /// The connection of a task is gone and the task stays (RFC 7143 §7.2.2): its sequences end where they are, what has come is kept, nothing is asked for.
    /// </summary>
    internal void StopSolicited(TargetTask task, ITargetEffects effects)
    {
        TargetConnection connection = task.Connection;
        if (connection.LandingTask == task && !task.Aborted && Parameters.ErrorRecoveryLevel == 2)
        {
            // The shell is still receiving into the task's memory, and another connection may soon do so too. Where none can, the end of the task waits for the shell.
            connection.LandingTask = null;
            connection.StrandedLanding = task.Out.MoveBuffer((uint)task.Out.Buffer.Length, effects.Pool);
        }

        if (!task.Out.Stop())
        {
            task.Failure ??= IscsiCondition.ProtocolServiceCrcError; // what is not known to be missing would count as received
        }
    }

    /// <summary>
    /// Goes on with a task on its new connection, after <see cref="StopSolicited"/> and TASK REASSIGN (RFC 7143 §7.2.2): asks for all that has not come, unsolicited data
    /// included; a task that misses nothing runs.
    /// </summary>
    /// <param name="task">The task, whose connection is the new one already.</param>
    /// <param name="nextR2TSN">Number of the first R2T.</param>
    /// <param name="effects">The shell.</param>
    internal void ContinueDataOut(TargetTask task, uint nextR2TSN, ITargetEffects effects)
    {
        task.Out.NextR2TSN = nextR2TSN;
        Advance(task, effects);
    }
}
