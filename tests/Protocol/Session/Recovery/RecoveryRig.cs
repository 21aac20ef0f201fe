using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>Sessions of recovery levels 1 and 2, with small segments so that little data is cut into many PDUs.</summary>
internal static class RecoveryRig
{
    public const int Segment = 512, Burst = 1024;

    public static SessionRig Of(int level, TargetSessionOptions? options = null, int segment = Segment) => new(
        new SessionParameters { ErrorRecoveryLevel = level, DefaultTime2Wait = 1, DefaultTime2Retain = 4, MaxConnections = 4, MaxBurstLength = Burst, FirstBurstLength = Burst, MaxOutstandingR2T = 1 },
        ConnectionParameters.Default with { PeerMaxRecvDataSegmentLength = segment },
        options ?? new TargetSessionOptions { WindowDepth = 16 })
    {
        ExpectRepeats = true,
        AcknowledgesAll = false,
    };

    public static void Snack(this SessionRig rig, SnackType type, uint itt = Bhs.ReservedTag, uint ttt = Bhs.ReservedTag, uint begin = 0, uint run = 0, ulong lun = 0) =>
        rig.Receive(rig.Header(new SnackRequest(type, lun, itt, ttt, begin, run).Emit, 0));

    /// <summary>What the initiator says it has of everything that the target sent on the connection.</summary>
    public static void Acknowledge(this SessionRig rig, uint expStatSN)
    {
        rig.ExpStatSN = expStatSN;
        rig.Receive(rig.Header(new NopOut(true, 0, Bhs.ReservedTag, Bhs.ReservedTag).Emit, rig.CmdSN));
    }

    /// <summary>The initiator has all that was sent: nothing is left of any task.</summary>
    public static void AssertNothingLeaksWhenAcknowledged(this SessionRig rig)
    {
        rig.Acknowledge(rig.Connection.NextStatSN.Value);
        rig.AssertNothingLeaks();
    }

    public static SentPdu Reassign(this SessionRig rig, uint itt, uint expDataSN = 0, bool immediate = true)
    {
        uint tag = rig.NewTag();
        int before = rig.Sent.Count;
        TaskManagementRequest request = new(immediate, TaskManagementFunction.TaskReassign, 0, tag, itt, default, new Serial32(expDataSN));
        rig.Receive(rig.Header(request.Emit, rig.NextCmdSN(immediate)));
        return rig.Sent[before];
    }

    /// <summary>The initiator declares another MaxRecvDataSegmentLength in full feature phase.</summary>
    public static void Declare(this SessionRig rig, int bytes) => rig.Receive(
        rig.Header(new TextRequest(true, true, false, 0, rig.NewTag(), Bhs.ReservedTag).Emit, rig.CmdSN),
        System.Text.Encoding.ASCII.GetBytes($"MaxRecvDataSegmentLength={bytes}\0"));

    public static byte[] DataOf(IEnumerable<SentPdu> pdus) => [.. pdus.Where(static pdu => pdu.Opcode == Opcode.DataIn).SelectMany(static pdu => pdu.Data)];
}
