using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>Task management functions (RFC 7143 §11.5, §11.6, §7.2.2).</content>
internal sealed partial class ScriptedInitiator
{
    private readonly List<Function> _functions = [];

    private bool SetFunctionRuns => _functions.Exists(static function => function.Task is null && function.Carrier is not null);

    private bool AnyReassigns => _tasks.Values.Any(static task => task.Reassigning || task.ReassignAt is not null);

    /// <summary>The caller wants an operation no more.</summary>
    public void AbortAny()
    {
        ScriptedTask[] tasks = [.. _tasks.Values.Where(task => task.Connection is { IsUp: true } && !task.Reassigning && !_functions.Exists(function => function.Task == task))];
        if (tasks.Length > 0 && !HoldsBack)
        {
            ScriptedTask task = tasks[_random.Next(tasks.Length)];
            Function function = new(TaskManagementFunction.AbortTask) { Task = task, Carrier = task.Connection };
            _functions.Add(function);
            Send(function, task.Connection!);
        }
    }

    /// <summary>The caller wants all that is under way no more.</summary>
    public void Manage(TaskManagementFunction kind)
    {
        if (!HoldsBack && !SetFunctionRuns && !AnyReassigns && PickUp() is { } connection)
        {
            Function function = new(kind) { Carrier = connection };
            _functions.Add(function);
            Send(function, connection);
        }
    }

    private void Send(Function function, ScriptedConnection connection)
    {
        function.Carrier = connection;
        function.Itt = NewItt();
        function.SentAt = Now;
        bool immediate = function.Kind is TaskManagementFunction.TaskReassign || !WindowIsOpen || _random.Chance(60);
        uint referenced = function.Task?.Itt ?? Bhs.ReservedTag;
        Serial32 expDataSN = function.Kind == TaskManagementFunction.TaskReassign ? function.ExpDataSN : default;

        // RFC 7143 §11.5.5: that of an immediate command is the number of this request, for it has none of its own.
        Serial32 refCmdSN = function.Task switch
        {
            null => default,
            { Immediate: true } => _cmdSN,
            { } task => task.CmdSN,
        };
        TaskManagementRequest request = new(immediate, function.Kind, 0, function.Itt, referenced, refCmdSN, expDataSN);
        function.Covered = [.. _tasks.Values];
        function.CmdSN = _cmdSN;
        SendNumbered(connection, immediate, Opcode.TaskManagementRequest, function.Itt, request.Emit);
    }

    // A connection that carried a function is lost: what becomes of one task is settled with its connection; a function on many is sent anew elsewhere.
    private static bool Forget(Function function)
    {
        if (function.Task is null)
        {
            function.Carrier = null;
            foreach (ScriptedTask task in function.Covered)
            {
                task.MayBeGone = true; // it may have been carried out
            }

            return false;
        }

        function.Task.MayBeGone |= function.Kind == TaskManagementFunction.AbortTask;
        return true;
    }

    private void ManageFunctions()
    {
        foreach (Function function in _functions.ToArray())
        {
            ScriptedConnection? connection = function.Task is { } task ? task.Connection : PickUp();
            if (function.Task is { } over && !_tasks.ContainsKey(over.Itt) && function.Carrier is null)
            {
                _functions.Remove(function);
            }
            else if (function.Carrier is null && (function.Task is not null || !AnyReassigns) && connection is { IsUp: true } && !_logouts.Exists(static logout => logout.Reason == LogoutReason.CloseSession))
            {
                Send(function, connection);
            }
            else if (function.Carrier is { IsOpen: true } carrier && Now - function.SentAt > TimeSpan.FromSeconds(40))
            {
                Lose(carrier, "a function is not answered");
            }
            else if (function.Carrier is { State: ScriptedState.Free })
            {
                // It was logged out in order; nothing comes any more.
                if (Forget(function))
                {
                    _functions.Remove(function);
                }
            }
        }
    }

    private void Reassign(ScriptedTask task, ScriptedConnection connection)
    {
        // ExpDataSN: everything before has come; what came behind a gap is discarded (RFC 7143 §7.2.2, §11.5.6).
        Serial32 expDataSN = task.Operation.IsWrite ? task.NextR2TSN : task.NextDataSN;
        foreach (Serial32 missing in task.MissingData)
        {
            expDataSN = missing < expDataSN ? missing : expDataSN;
        }

        task.MissingData.Clear();
        task.NextDataSN = expDataSN;
        task.MayRestart = true;
        task.PendingAck = null;
        task.SnackTag = 0;
        task.StatusStatSN = null;
        task.HasStatus = false;
        task.Sequences.Clear();
        task.Sending = false;
        task.Reassigning = true;
        task.Connection = connection;
        task.ReassignAt = null;
        task.ProgressAt = Now;
        Function function = new(TaskManagementFunction.TaskReassign) { Task = task, ExpDataSN = expDataSN };
        _functions.Add(function);
        Send(function, connection);
    }

    private void OnFunctionResponse(ScriptedConnection connection, ReadOnlySpan<byte> bhs)
    {
        Check(TaskManagementResponse.Parse(new TaskManagementResponseView(bhs), out TaskManagementResponse response));
        if (!connection.TakeStatSN(TargetNumbers.Read(bhs).StatSN, counts: true))
        {
            return;
        }

        int at = _functions.FindIndex(it => it.Itt == response.InitiatorTaskTag);
        BrokenRuleException.Unless(at >= 0 && _functions[at].Carrier == connection, $"a function is answered once, where it came from: itt {response.InitiatorTaskTag}");
        Function function = _functions[at];
        _functions.RemoveAt(at);
        switch (function.Kind)
        {
            case TaskManagementFunction.TaskReassign:
                OnReassigned(function, response.Response);
                break;
            case TaskManagementFunction.AbortTask:
                OnAborted(function, connection, response.Response);
                break;
            case TaskManagementFunction.AbortTaskSet or TaskManagementFunction.LogicalUnitReset when response.Response == TaskManagementResponseCode.FunctionRejected:
                _world.Census.Count("function rejected: commands before it were missing for too long");
                break;
            default:
                BrokenRuleException.Unless(response.Response == TaskManagementResponseCode.FunctionComplete, $"{function.Kind} is carried out: {response.Response}");
                foreach (ScriptedTask task in function.Covered)
                {
                    if (_tasks.ContainsKey(task.Itt) && task.ReassignAt is not null)
                    {
                        task.MayBeGone = true; // it may have been answered before, and then the function has left it alone
                    }
                    else if (_tasks.ContainsKey(task.Itt) && (task.Connection == connection || !task.Immediate))
                    {
                        End(task, $"{function.Kind}", Outcome.GivenUp);
                    }
                    else if (_tasks.ContainsKey(task.Itt))
                    {
                        MakeSure(task);
                    }
                }

                // And one that was sent behind it with its number may have come before it.
                foreach (ScriptedTask task in _tasks.Values.Where(task => task.Immediate && task.CmdSN == function.CmdSN && task.Connection != connection).Except(function.Covered).ToArray())
                {
                    MakeSure(task);
                }

                if (function.EndsAll)
                {
                    // What had not come by then counts as received (RFC 7143 §4.2.3.3 b): such pings are not answered.
                    _fillers.UnionWith(_pings.Select(static ping => ping.Itt));
                    _pings.Clear();
                }

                break;
        }
    }

    // An immediate command on another connection may have come before the function or after it: nothing orders the two.
    private void MakeSure(ScriptedTask task)
    {
        if (task.Connection is { IsUp: true } connection && !_functions.Exists(function => function.Task == task))
        {
            Function function = new(TaskManagementFunction.AbortTask) { Task = task, Carrier = connection, MayBeGone = true };
            _functions.Add(function);
            Send(function, connection);
        }
        else
        {
            task.MayBeGone = true;
        }
    }

    private void OnAborted(Function function, ScriptedConnection connection, TaskManagementResponseCode response)
    {
        ScriptedTask task = function.Task!;
        if (!_tasks.ContainsKey(task.Itt))
        {
            return; // its status came first
        }

        switch (response)
        {
            case TaskManagementResponseCode.FunctionComplete:
                End(task, "ABORT TASK", Outcome.GivenUp);
                break;
            case TaskManagementResponseCode.TaskDoesNotExist when connection.Missing.Count > 0 || task.MissingData.Count > 0 || task.SnackTag != 0 || task.StatusStatSN is not null:
                task.MayBeGone |= function.MayBeGone; // its status may be among what is asked for again
                break;
            case TaskManagementResponseCode.TaskDoesNotExist when function.MayBeGone || _functions.Exists(static other => other.Task is null):
                End(task, "ended by another function", Outcome.GivenUp);
                break;
            case TaskManagementResponseCode.TaskDoesNotExist:
                throw new BrokenRuleException($"a task that does not exist has had its status: {task}");
            default:
                throw new BrokenRuleException($"ABORT TASK is carried out: {response} for {task}");
        }
    }

    private void OnReassigned(Function function, TaskManagementResponseCode response)
    {
        ScriptedTask task = function.Task!;
        if (!_tasks.ContainsKey(task.Itt))
        {
            return; // a reset was faster
        }

        BrokenRuleException.Unless(task.Reassigning, $"the answer to TASK REASSIGN comes first: {task}");
        task.Reassigning = false;
        task.ProgressAt = Now;
        switch (response)
        {
            case TaskManagementResponseCode.FunctionComplete:
                task.MayBeGone = false;
                _world.CheckReassigned(task, function.SentAt);
                _world.Census.Count("task reassigned");
                break;
            case TaskManagementResponseCode.TaskDoesNotExist when task.MayBeGone:
                End(task, "ended by another function", Outcome.GivenUp);
                break;
            case TaskManagementResponseCode.TaskDoesNotExist:
                End(task, "it was not kept for reassignment", task.Immediate ? Outcome.Chosen : Outcome.Failed);
                break;
            default:
                throw new BrokenRuleException($"a task that was logged out for recovery can be reassigned: {response} for {task}");
        }
    }

    private sealed class Function(TaskManagementFunction kind)
    {
        public TaskManagementFunction Kind { get; } = kind;

        public uint Itt { get; set; }

        public ScriptedTask? Task { get; init; }

        public Serial32 ExpDataSN { get; init; }

        /// <summary>Another function may have ended the task already.</summary>
        public bool MayBeGone { get; init; }

        public ScriptedConnection? Carrier { get; set; }

        public TimeSpan SentAt { get; set; }

        public Serial32 CmdSN { get; set; }

        /// <summary>Tasks that there were when it was sent.</summary>
        public ScriptedTask[] Covered { get; set; } = [];

        public bool EndsAll => Kind is TaskManagementFunction.LogicalUnitReset or TaskManagementFunction.TargetWarmReset;
    }
}
