using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>Task management functions (RFC 7143 §11.5, §11.6, §7.2.2). They are immediate: a window that is closed, or a gap before them, must not hold them up.</content>
public sealed partial class InitiatorSession
{
    private const int MostReassignedAtOnce = 8;

    private readonly Stack<OwnFunction> _spareFunctions = new();

    /// <summary>Sends a function that the caller asks for. What it ends ends as <see cref="RequestEnd.Aborted"/>.</summary>
    public void Submit(InitiatorFunction function, TimeSpan now, IInitiatorEffects effects)
    {
        if (function is { Function: TaskManagementFunction.AbortTask, Task: { Place: TaskPlace.Idle or TaskPlace.Waiting or TaskPlace.Discarded } unsent })
        {
            // The target does not know it, and says so.
            Abort(unsent, RequestEnd.Aborted, "ABORT TASK ended it", now, effects);
        }

        if (CarrierFor(function, effects) is { } connection)
        {
            // A function on one task goes where the task is (RFC 7143 §4.2.5.1), and elsewhere only when that connection was logged out.
            if (function.Task is not { Place: TaskPlace.Sent, Connection: { } own })
            {
                SendFunction(function, connection, now);
            }
            else if (own.IsLoggedIn)
            {
                SendFunction(function, own, now);
            }
            else
            {
                function.End = RequestEnd.NoSession;
                function.Why = "the connection of the task is lost or being logged out";
                effects.Ended(function);
                if (function.Function == TaskManagementFunction.AbortTask)
                {
                    Abort(function.Task, RequestEnd.Aborted, "it is aborted once its connection is settled", now, effects);
                }
            }
        }
    }

    private void SendFunction(InitiatorFunction function, InitiatorConnection connection, TimeSpan now)
    {
        _requests.Add(function);
        function.End = RequestEnd.None;
        function.CmdSN = Numbers.CmdSN;
        Span<byte> bhs = AddImmediate(function, connection, now);
        function.Deadline = After(now, Options.FunctionTimeLimit);
        WakeAt(function.Deadline);
        InitiatorTask? task = function.Task;
        function.TaskTag = task?.InitiatorTaskTag ?? Bhs.ReservedTag;
        TaskManagementRequest request = new(
            true, function.Function, task?.Lun ?? function.Lun, function.InitiatorTaskTag, function.TaskTag, task?.CmdSN ?? default, new Serial32(function.ExpDataSN));
        if (function.Function == TaskManagementFunction.TaskReassign && (Options.Quirks & PeerQuirks.LunInTaskReassign) != PeerQuirks.None)
        {
            request.EmitWithLun(bhs);
        }
        else
        {
            request.Emit(bhs);
        }

        connection.Stamp(bhs, Numbers.CmdSN);
        if (function.EndsMany && Parameters.TaskReporting == TaskReporting.FastAbort)
        {
            // RFC 7143 §4.2.3.4 a: on this connection; on others the target says when (§11.9.1 event 5).
            for (int place = 0; place < _requests.Places; place++)
            {
                if (_requests.At(place) is InitiatorTask covered && covered.Connection == connection && function.Covers(covered))
                {
                    covered.StopsDataOut = true;
                }
            }
        }
    }

    private OwnFunction NewFunction(TaskManagementFunction kind, InitiatorTask task)
    {
        if (!_spareFunctions.TryPop(out OwnFunction? function))
        {
            function = new OwnFunction();
        }

        function.Function = kind;
        function.Task = task;
        function.ExpDataSN = 0;
        return function;
    }

    /// <summary>Ends a task: at once if it was never sent, else by ABORT TASK.</summary>
    private void Abort(InitiatorTask task, RequestEnd end, string why, TimeSpan now, IInitiatorEffects effects)
    {
        switch (task.Place)
        {
            case TaskPlace.Idle:
                return;
            case TaskPlace.Waiting:
                _waiting.Remove(task);
                EndUnsent(task, end, why, effects);
                return;
            case TaskPlace.Discarded:
                EndTask(task, end, why, false, effects); // it never ran; a ping takes its number
                return;
            default:
                if (task.AbortAs == RequestEnd.None || end != RequestEnd.DataLost)
                {
                    task.AbortAs = end;
                    task.Why = why;
                    task.RepeatAfterAbort &= end == RequestEnd.DataLost;
                }

                SendAbort(task, now);
                return;
        }
    }

    // Over the connection that the task is allegiant to, or over any other once that was logged out (RFC 7143 §11.5.1).
    private void SendAbort(InitiatorTask task, TimeSpan now)
    {
        InitiatorConnection? carrier = task.Place switch
        {
            TaskPlace.Sent => task.Connection is { IsLoggedIn: true } own ? own : null,
            TaskPlace.Unassigned => Choose(),
            _ => null,
        };
        if (task.Aborting || carrier is null || _requests.IsFull || IsQuiet)
        {
            return; // done when it is settled
        }

        task.Aborting = true;
        SendFunction(NewFunction(TaskManagementFunction.AbortTask, task), carrier, now);
    }

    private bool IsAbortedOn(InitiatorTask task, InitiatorConnection connection)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorFunction { Function: TaskManagementFunction.AbortTask } function && function.Connection == connection && function.Covers(task))
            {
                return true;
            }
        }

        return false;
    }

    private void OnFunctionResponse(InitiatorConnection connection, ReadOnlySpan<byte> bhs, TimeSpan now, IInitiatorEffects effects)
    {
        PduCheck check = TaskManagementResponse.Parse(new TaskManagementResponseView(bhs), out TaskManagementResponse response);
        if (!check.IsOk)
        {
            Break(connection, check.Rule, now, effects);
            return;
        }

        if (!TakeStatus(connection, TargetNumbers.Read(bhs).StatSN, now, effects))
        {
            return;
        }

        if (_requests.Find(response.InitiatorTaskTag) is not InitiatorFunction function || function.Connection != connection)
        {
            effects.Note(connection, Deviation.Ignored("7143/11.6 a Task Management Function Response answers a request"));
            return;
        }

        function.Response = response.Response;
        function.AdditionalInformation = response.AdditionalInformation;
        InitiatorTask? task = function.Task is { Place: not TaskPlace.Idle } own && own.InitiatorTaskTag == function.TaskTag ? own : null;
        if (function is OwnFunction mine)
        {
            EndOwn(mine);
            if (task is null)
            {
                return; // its status came first
            }

            if (mine.Function == TaskManagementFunction.TaskReassign)
            {
                OnReassigned(task, connection, response.Response, now, effects);
            }
            else
            {
                OnAborted(task, connection, response.Response, now, effects);
            }

            return;
        }

        EndRequest(function, RequestEnd.Answered, "", effects);
        if (response.Response == TaskManagementResponseCode.FunctionComplete)
        {
            EndCovered(function, effects);
        }
        else
        {
            AbortCovered(function, stoppedOnly: true, "was refused when no more data was sent for the task", now, effects);
        }
    }

    private void EndOwn(OwnFunction function)
    {
        _requests.Remove(function);
        function.Connection = null;
        function.Task = null;
        _spareFunctions.Push(function);
    }

    private void OnAborted(InitiatorTask task, InitiatorConnection connection, TaskManagementResponseCode response, TimeSpan now, IInitiatorEffects effects)
    {
        task.Aborting = false;
        switch (response)
        {
            case TaskManagementResponseCode.FunctionComplete:
                ConcludeAbort(task, effects);
                break;
            case TaskManagementResponseCode.TaskDoesNotExist:
                // It has been answered. If the answer is among what is missing, it is asked for again already.
                task.IsGone = true;
                if (!IsMending(task, connection))
                {
                    ConcludeAbort(task, effects);
                }

                break;
            default:
                // Nobody can say when the task ends, and its buffers are wanted back. Where recovery keeps it alive to be refused again, only a new session ends it.
                string why = $"the target did not abort a task: {response}";
                if (task.AbortWasRefused)
                {
                    LoseSession(why, now, effects);
                    break;
                }

                task.AbortWasRefused = true;
                Lose(connection, why, now, effects);
                break;
        }
    }

    private static bool IsMending(InitiatorTask task, InitiatorConnection connection) =>
        task.Place == TaskPlace.Sent && task.Connection == connection && (connection.Statuses.HasHoles || task.HeldStatSN is not null);

    private void ConcludeAbort(InitiatorTask task, IInitiatorEffects effects)
    {
        if (task.RepeatAfterAbort)
        {
            task.AbortAs = RequestEnd.None;
            RepeatOrEnd(task, RequestEnd.DataLost, task.Why, effects);
        }
        else
        {
            EndTask(task, task.AbortAs == RequestEnd.None ? RequestEnd.Aborted : task.AbortAs, task.Why, true, effects);
        }
    }

    private void OnFunctionRejected(InitiatorFunction function, RejectReason reason, TimeSpan now, IInitiatorEffects effects)
    {
        if (function is OwnFunction own)
        {
            InitiatorTask? task = own.Task is { Place: not TaskPlace.Idle } it && it.InitiatorTaskTag == own.TaskTag ? it : null;
            bool reassign = own.Function == TaskManagementFunction.TaskReassign;
            InitiatorConnection? connection = own.Connection;
            EndOwn(own);
            if (task is null)
            {
                return;
            }

            task.Aborting = false;
            if (reason is RejectReason.ImmediateCommandReject or RejectReason.DataDigestError && task.Snacks++ < Options.SnackLimit)
            {
                // Too much at once, or spoilt on the way: it is sent anew a little later.
                task.SnackAt = now + Options.SnackAfter;
                WakeAt(task.SnackAt);
                if (reassign)
                {
                    task.Place = TaskPlace.Unassigned;
                    task.ReassignAt = task.SnackAt;
                    Attach(task, null);
                }
            }
            else if (reassign)
            {
                OnReassigned(task, connection!, TaskManagementResponseCode.FunctionRejected, now, effects);
            }
            else if (connection is not null)
            {
                Lose(connection, $"the target rejects ABORT TASK: {reason}", now, effects);
            }

            return;
        }

        EndRequest(function, RequestEnd.Rejected, $"the target rejected it: {reason} (RFC 7143 §11.17.1)", effects);
        AbortCovered(function, stoppedOnly: true, "was rejected when no more data was sent for the task", now, effects);
    }

    // What the function has ended gets no answer any more (RFC 7143 §4.2.3.3): tasks that were sent before it.
    private void EndCovered(InitiatorFunction function, IInitiatorEffects effects)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorTask task && function.Covers(task))
            {
                EndTask(task, RequestEnd.Aborted, $"{function.Function} ended it", true, effects);
            }
        }
    }

    // A function whose answer was lost may have been carried out, so that tasks get no answer any more; one that was refused has stopped the data of some (RFC 7143 §4.2.3.4 a).
    // The caller wanted the end of all of them anyway.
    private void AbortCovered(InitiatorFunction function, bool stoppedOnly, string why, TimeSpan now, IInitiatorEffects effects)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is InitiatorTask task && function.Covers(task) && (task.StopsDataOut || !stoppedOnly))
            {
                Abort(task, RequestEnd.Aborted, $"{function.Function} {why}", now, effects);
            }
        }
    }

    /// <summary>Brings a task to another connection (RFC 7143 §7.2.2).</summary>
    private void Reassign(InitiatorTask task, InitiatorConnection connection, TimeSpan now)
    {
        Attach(task, connection);
        task.Place = TaskPlace.Reassigning;
        task.PendingAck = null;
        OwnFunction function = NewFunction(TaskManagementFunction.TaskReassign, task);

        // ExpDataSN: everything before it has come; what came behind a gap is discarded (RFC 7143 §7.2.2, §11.5.6).
        uint data = task.DataInArrival.Restart();
        uint r2ts = task.R2TArrival.Restart();
        function.ExpDataSN = task.IsRead ? data : r2ts;
        SendFunction(function, connection, now);
    }

    private void OnReassigned(InitiatorTask task, InitiatorConnection connection, TaskManagementResponseCode response, TimeSpan now, IInitiatorEffects effects)
    {
        if (task.Place != TaskPlace.Reassigning)
        {
            return;
        }

        if ((Options.Quirks & PeerQuirks.ShiftedReassignResponses) != PeerQuirks.None)
        {
            response = response switch
            {
                TaskManagementResponseCode.FunctionRejected => TaskManagementResponseCode.FunctionComplete,
                TaskManagementResponseCode.FunctionComplete => TaskManagementResponseCode.TaskDoesNotExist,
                _ => response,
            };
        }

        switch (response)
        {
            case TaskManagementResponseCode.FunctionComplete:
                task.Place = TaskPlace.Sent;
                task.SentAt = now;
                task.Deadline = After(now, task.TimeLimit == TimeSpan.Zero ? Options.CommandTimeLimit : task.TimeLimit);
                WakeAt(task.Deadline);
                effects.Raise(new InitiatorNotice(InitiatorEvent.TaskReassigned, $"task {task.InitiatorTaskTag:X8} goes on over {connection}") { Cid = connection.Cid, Lun = task.Lun });
                if (task.AbortAs != RequestEnd.None)
                {
                    SendAbort(task, now);
                }

                break;
            case TaskManagementResponseCode.TaskDoesNotExist:
                RepeatOrEnd(task, RequestEnd.Lost, "its connection was lost, and the target did not keep it for another one", effects);
                break;
            case TaskManagementResponseCode.TaskStillAllegiant:
                OnStillAllegiant(task, connection, now, effects);
                break;
            default:
                // It may still be alive there, and must not come behind its own repetition.
                task.Place = TaskPlace.Unassigned;
                Attach(task, null);
                task.AbortAs = task.AbortAs == RequestEnd.None ? RequestEnd.Lost : task.AbortAs;
                task.Why = $"its connection was lost, and the target refused to go on with it over another one: {response} (RFC 7143 §11.6.1)";
                task.RepeatAfterAbort = task.MayRepeat && task.AbortAs == RequestEnd.Lost;
                task.ReassignAt = TimeSpan.MaxValue;
                SendAbort(task, now);
                break;
        }
    }
}
