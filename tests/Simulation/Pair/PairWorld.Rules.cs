using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>What is held against what the initiator's core says and sends.</content>
internal sealed partial class PairWorld
{
    private TimeSpan _functionAt;
    private bool _isUnwanted;
    private bool _ending;
    private bool _failedFast;
    private bool _everTight;
    private bool _everSpoilt;
    private bool _everStalled;
    private bool _everAsked;
    private int _lastAgain;
    private bool _everFunction;

    /// <summary>A request has ended, in whatever way.</summary>
    public void OnEnded(SimInitiator initiator, InitiatorRequest request)
    {
        Census.Count($"{request.GetType().Name[3..].ToLowerInvariant()}: {request.End}");
        switch (request)
        {
            case SimCommand command:
                Trace.Add($"caller  hears of {command}: {command.End}, status {command.Status}, {command.Why}{(command.MayHaveRun ? ", may have run" : "")}");
                BrokenRuleException.Unless(++command.Ends == 1, $"a command ends once: {command}");
                Judge(initiator.Core, command);
                break;
            case SimPing { End: RequestEnd.Answered } ping:
                BrokenRuleException.Unless(ping.EchoIsRight, "a ping brings back what it took (RFC 7143 §11.18)");
                break;
            case SimText { End: RequestEnd.Answered } text:
                BrokenRuleException.Unless(text.Text.Contains(SimTarget.Name, StringComparison.Ordinal), $"a text exchange that was answered is complete: '{text.Text}'");
                break;
            case SimFunction { End: RequestEnd.Answered } function:
                Census.Count($"{function.Function}: {function.Response}");
                break;
        }
    }

    public void OnNotice(SimInitiator initiator, in InitiatorNotice notice)
    {
        if (initiator != Initiator)
        {
            return;
        }

        _failedFast |= notice.Event == InitiatorEvent.FailingFast;
        if (Scenario.Mercy != Mercy.None && _busy)
        {
            BrokenRuleException.Unless(notice.Event is not (InitiatorEvent.SessionLost or InitiatorEvent.RenewalFailed or InitiatorEvent.FailingFast), $"faults that leave a way back do not end the session: {notice.Why}");
        }
    }

    /// <summary>Our own target keeps the rules, and what is lost on the way is no fault of it.</summary>
    public void OnNote(InitiatorConnection connection, in Deviation deviation) =>
        throw new BrokenRuleException($"the initiator finds no fault with our target: {deviation.Action} {deviation.Rule} on c{connection.Cid}");

    public override void OnDeviation(TargetConnection connection, in Deviation deviation)
    {
        bool excused = deviation switch
        {
            { Rule: var rule } when rule.StartsWith("7143/7.8", StringComparison.Ordinal) || rule.StartsWith("7143/7.9", StringComparison.Ordinal) => _everSpoilt || _everStalled,
            { Action: DeviationAction.Ignore, Rule: var rule } when rule.StartsWith("7143/4.2.2.1", StringComparison.Ordinal) => Scenario.Level > 0 || _everFunction, // sent again because the first was late; or a function on the whole target did not wait for it (§4.2.3.4)
            { Action: DeviationAction.Ignore, Rule: "7143/11.7 data for a task that is not here" } => true, // it was aborted meanwhile
            { Rule: "7143/11.9.1 waiting for logout" } => true, // under way when the target asked
            { Rule: "7143/4.2.3.3 the commands before a task management function do not come" } => _everStalled || _everSpoilt || _everAsked,
            { Reason: RejectReason.SnackReject } => Scenario.Load.RereadPercent < 100,
            { Action: DeviationAction.Reject, Reason: RejectReason.ImmediateCommandReject } => true, // many at once
            _ => false,
        };
        BrokenRuleException.Unless(excused, $"the target finds no fault with our initiator: {deviation.Action} {deviation.Reason} {deviation.Rule} on c{connection.Cid}");
    }

    public override void OnSessionDropped()
    {
        // Told by the deviation that goes with it.
    }

    public static void OnLoginFailed(InitiatorConnection connection, InitiatorLoginFailure failure)
    {
        bool excused = connection.Purpose switch
        {
            ConnectionPurpose.Leading => false,
            ConnectionPurpose.Join => failure.Status is LoginStatus.TooManyConnections or LoginStatus.SessionDoesNotExist,
            _ => failure.Status is LoginStatus.SessionDoesNotExist,
        };
        BrokenRuleException.Unless(excused, $"a login is not refused: {connection.Purpose}, {failure.Kind}: {failure.Why}");
    }

    /// <summary>Rules of the initiator that its target cannot check.</summary>
    public void CheckSent(InitiatorConnection connection, ReadOnlySpan<byte> bhs)
    {
        SimInitiatorConnection shell = (SimInitiatorConnection)connection.Shell!;
        BrokenRuleException.Unless(!shell.HasLoggedOut, $"nothing follows a Logout Request on its connection (RFC 7143 §11.14): {PduText.Of(bhs)} on c{connection.Cid}");
        BrokenRuleException.Unless(shell.Owner.LogoutCarrier is not { IsClosed: false }, $"nothing follows the Logout Request of a session (RFC 7143 §11.14): {PduText.Of(bhs)} on c{connection.Cid}");
        if (new BhsView(bhs).Opcode == Opcode.LogoutRequest)
        {
            _ = LogoutRequest.Parse(new LogoutRequestView(bhs), out LogoutRequest logout);
            Census.Count($"logout: {logout.Reason}");
            shell.HasLoggedOut = logout.Reason == LogoutReason.CloseSession || logout.Cid == connection.Cid;
            shell.Owner.LogoutCarrier = logout.Reason == LogoutReason.CloseSession ? shell : shell.Owner.LogoutCarrier;
            BrokenRuleException.Unless(logout.Immediate, "a logout gets through a closed window (RFC 7143 §4.2.2.1)");
        }
        else if (new BhsView(bhs).Opcode == Opcode.SnackRequest)
        {
            _ = SnackRequest.Parse(new SnackRequestView(bhs), out SnackRequest snack);
            Census.Count($"SNACK: {snack.Type}");
        }
    }

    private void Judge(InitiatorSession core, SimCommand command)
    {
        Attempt attempt = command.Attempt;
        BrokenRuleException.Unless(Scenario.Mercy == Mercy.None || attempt.Deliveries <= 1, $"faults that leave a way back run no command twice: {command} ran {attempt.Deliveries} times");
        if (command.End == RequestEnd.Answered)
        {
            if (command.Status == 0)
            {
                CheckResult(command);
            }
            else
            {
                CheckStatus(command);
            }

            attempt.End("answered");
            return;
        }

        string? excuse = Excuse(core, command);
        BrokenRuleException.Unless(excuse is not null, $"no error without a reason: {command.End}, {command.Why}, for {command} at level {Scenario.Level}");
        if (!command.MayHaveRun)
        {
            BrokenRuleException.Unless(attempt.Deliveries == 0, $"what may not have run has not run: {command}");
            attempt.End($"{command.End}: it has not run");
        }
        else if (core.IsOver || core.IsRenewing)
        {
            attempt.Leave(_version); // the old session may be at work for it until another takes its place
        }
        else
        {
            attempt.End(command.End.ToString());
        }
    }

    // Null: there is none.
    private string? Excuse(InitiatorSession core, SimCommand command)
    {
        if (Scenario.Mercy != Mercy.None && !_isUnwanted)
        {
            return null;
        }

        bool isLimited = !command.MayRepeat || Scenario.Options.RepeatLimit < 1000;
        TimeSpan limit = command.TimeLimit > TimeSpan.Zero ? command.TimeLimit : Scenario.Options.CommandTimeLimit;
        return command.End switch
        {
            RequestEnd.Aborted when command.IsCancelled => "cancelled",
            RequestEnd.TerminatedByTarget when Now < _functionAt + TimeSpan.FromSeconds(30) => "a function ended it, or one that was lost",
            RequestEnd.Aborted when _functionAt >= command.Operation.InvokedAt => "a function ended it",
            RequestEnd.TimedOut when Now >= command.Operation.InvokedAt + limit => "its time was up",
            RequestEnd.TerminatedByLogout or RequestEnd.Closed when _isUnwanted || core.IsOver => "the session was closed",
            RequestEnd.Rejected when Scenario.Options.RepeatLimit < 1000 => "it was spoilt on the way, or came while a logout was waited for",
            RequestEnd.Lost when isLimited => "it must not be repeated",
            RequestEnd.DataLost when isLimited && (Scenario.Load.RereadPercent < 100 || (Scenario.Level == 0 && _everSpoilt)) => "its data was lost",
            RequestEnd.NoSession when _failedFast || core.IsOver => "there was no session for long",
            _ => null,
        };
    }

    /// <summary>Versions that a read gave must have been on the disk while it ran; a write must be there, once and complete.</summary>
    private void CheckResult(SimCommand command)
    {
        DiskOperation operation = command.Operation;
        BrokenRuleException.Unless(command.ResidualFlags == ResidualFlags.None, $"nothing is left over: {command}");
        if (operation.IsWrite)
        {
            BrokenRuleException.Unless(
                command.Attempt.BlocksWritten == operation.Blocks, $"what is answered with good status is on the disk: {command.Attempt.BlocksWritten} of {operation.Blocks} blocks of {command}");
            Target.Disk.Acknowledge(operation);
            return;
        }

        BrokenRuleException.Unless(command.DataInBytes == operation.Bytes, $"a read that has ended well is complete: {command.DataInBytes} bytes of {command}");
        for (int i = 0; i < operation.Blocks; i++)
        {
            int block = operation.FirstBlock + i;
            ulong? version = BlockContent.VersionOf(command.Buffer.AsSpan(i * SimDisk.BlockBytes, SimDisk.BlockBytes), block);
            BrokenRuleException.Unless(version is { } read && Target.Disk.Held(block, read, operation.InvokedAt), $"a read gives what was there: version {version} of block {block} for {command}");
        }
    }

    private void CheckStatus(SimCommand command)
    {
        int sense = command.Sense.Length < 14 ? 0 : (command.Sense.Span[12] << 8) | command.Sense.Span[13];
        bool allowed = command.Status switch
        {
            2 when sense == SenseBytes.TasksEndedByTransport => Scenario.Mercy == Mercy.None,
            2 when sense == SenseBytes.CrcError => Scenario.Level == 0 && (_everSpoilt || _everStalled),
            2 when sense == SenseBytes.SnackRejected => Scenario.Load.RereadPercent < 100,
            0x28 => _everTight,
            _ => false,
        };
        Census.Count($"status {command.Status:X2} {sense:X4}");
        if (command.IsLast && allowed && sense == SenseBytes.TasksEndedByTransport && _lastAgain++ < 3)
        {
            // Of several connections the one that hears of it first may be another one.
            Submit(isWrite: false, command.Operation.FirstBlock, command.Operation.Blocks, mayRepeat: true, isLast: true);
            return;
        }

        BrokenRuleException.Unless(allowed && !command.IsLast, $"no I/O error without a reason: status {command.Status:X2}, sense {sense:X4} for {command} at level {Scenario.Level}");
    }
}
