using System.Diagnostics;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>Requests that are not SCSI commands: NOP-Out and Text here, task management and logout in their own files. Numbered like commands (RFC 7143 §4.2.2.1).</content>
public sealed partial class TargetSession
{
    // Data of a ping or Text Request that waits behind a missing number: a command's data is bounded by FirstBurstLength, this by nothing else.
    private const int LargestHeldData = 8192;

    private void OnRequest(TargetConnection connection, ReadOnlySpan<byte> header, ref DataSegment data, ITargetEffects effects)
    {
        BhsView view = new(header);
        InitiatorNumbers numbers = InitiatorNumbers.Read(header);
        if (CheckRequest(view.Opcode, header) is { IsOk: false } check)
        {
            DeviateNumbered(connection, header, view.Immediate, numbers.CmdSN, Deviation.From(check), effects);
            return;
        }

        if (view.Opcode != Opcode.LogoutRequest)
        {
            Acknowledge(connection, numbers.ExpStatSN, effects); // that of a Logout Request may be another connection's: OnLogout knows
        }

        if (view.Opcode == Opcode.TextRequest)
        {
            connection.NegotiateBy = null; // though its turn may be to come
        }

        if (view.Opcode == Opcode.LogoutRequest && _logouts.Count >= MostLogouts)
        {
            DeviateNumbered(connection, header, view.Immediate, numbers.CmdSN, Deviation.Rejected(RejectReason.ImmediateCommandReject, "7143/4.2.2.1 too many logouts that wait"), effects);
            return;
        }

        if (view.Immediate)
        {
            RunRequest(connection, header, data.Memory, effects);
            return;
        }

        if (view.Opcode == Opcode.LogoutRequest && connection.State == ConnectionState.LogoutRequested && _window.PlugHole(numbers.CmdSN))
        {
            // The target asked for it and rejects the commands before it (RFC 7143 §11.9.1): it must not wait for them.
            RunRequest(connection, header, data.Memory, effects);
            DeliverHeld(effects);
            return;
        }

        switch (_window.Admit(numbers.CmdSN))
        {
            case Admission.Deliver:
                _window.Complete();
                RunRequest(connection, header, data.Memory, effects);
                DeliverHeld(effects);
                break;
            case Admission.Hold when data.Length > LargestHeldData:
                Deviate(connection, header, Deviation.Rejected(RejectReason.LongOperationReject, "7143/4.2.2.1 too much data to hold until its turn"), effects);
                break;
            case Admission.Hold:
                _window.Hold(numbers.CmdSN, new HeldRequest(connection, header.ToArray(), data.Memory.ToArray()));
                break;
            default:
                effects.Note(connection, Deviation.Ignored("7143/4.2.2.1 request number outside the window"));
                break;
        }
    }

    private static PduCheck CheckRequest(Opcode opcode, ReadOnlySpan<byte> header) => opcode switch
    {
        Opcode.NopOut => NopOut.Parse(new NopOutView(header), out _),
        Opcode.TextRequest => TextRequest.Parse(new TextRequestView(header), out _),
        Opcode.LogoutRequest => LogoutRequest.Parse(new LogoutRequestView(header), out _),
        Opcode.TaskManagementRequest => TaskManagementRequest.Parse(new TaskManagementRequestView(header), out _),
        _ => throw new UnreachableException(),
    };

    private void DeliverHeldRequest(HeldRequest held, ITargetEffects effects)
    {
        _window.Complete();
        if (held.Connection.Carries)
        {
            RunRequest(held.Connection, held.Header, held.Data, effects);
        }
    }

    private void RunRequest(TargetConnection connection, ReadOnlySpan<byte> header, ReadOnlyMemory<byte> data, ITargetEffects effects)
    {
        switch (new BhsView(header).Opcode)
        {
            case Opcode.NopOut:
                OnNopOut(connection, header, data.Span, effects);
                break;
            case Opcode.TextRequest:
                OnText(connection, header, data.Span, effects);
                break;
            case Opcode.LogoutRequest:
                OnLogout(connection, header, effects);
                break;
            case Opcode.TaskManagementRequest:
                OnTaskManagement(connection, header, effects);
                break;
            default:
                throw new UnreachableException();
        }
    }

    // RFC 7143 §11.18: with a task tag it is a ping to be answered; without one it answers ours or only acknowledges.
    private void OnNopOut(TargetConnection connection, ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, ITargetEffects effects)
    {
        _ = NopOut.Parse(new NopOutView(header), out NopOut ping);
        if (ping.InitiatorTaskTag == Bhs.ReservedTag)
        {
            FreeTags(connection, ping.Lun, effects);
            return;
        }

        // RFC 7143 §11.19: the ping data comes back, as much of it as the initiator takes in one segment.
        int length = Math.Min(data.Length, connection.Parameters.PeerMaxRecvDataSegmentLength);
        Span<byte> bhs = AddCopy(connection, data[..length], effects.Pool);
        new NopIn(0, ping.InitiatorTaskTag, Bhs.ReservedTag).Emit(bhs); // §11.19.3: no LUN without a target transfer tag
        connection.StampStatus(bhs);
    }

    private void SendPing(TargetConnection connection)
    {
        Span<byte> bhs = connection.Outgoing.Add();
        new NopIn(0, Bhs.ReservedTag, NewTag()).Emit(bhs);
        connection.StampNext(bhs);
    }

    private void OnText(TargetConnection connection, ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, ITargetEffects effects)
    {
        _ = TextRequest.Parse(new TextRequestView(header), out TextRequest request);
        TextStep step = connection.Text.OnRequest(request, data, connection.Parameters.PeerMaxRecvDataSegmentLength);
        if (step.RejectReason is { } reason)
        {
            DeviateDelivered(connection, header, Deviation.Rejected(reason, $"{step.Rule} {step.Why}"), effects);
            return;
        }

        Span<byte> bhs = connection.Outgoing.Add(step.Data);
        step.Response.Emit(bhs);
        connection.StampStatus(bhs);
        if (step.PeerMaxRecvDataSegmentLength is { } length)
        {
            connection.Parameters = connection.Parameters with { PeerMaxRecvDataSegmentLength = length };
        }
    }

    /// <summary>A request whose turn has not come.</summary>
    private sealed record HeldRequest(TargetConnection Connection, byte[] Header, byte[] Data)
    {
        public uint InitiatorTaskTag => new BhsView(Header).InitiatorTaskTag;

        public bool IsTaskManagement => new BhsView(Header).Opcode == Opcode.TaskManagementRequest;

        public Serial32 CmdSN => InitiatorNumbers.Read(Header).CmdSN;
    }
}
