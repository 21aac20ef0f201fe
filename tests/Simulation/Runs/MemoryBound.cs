using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>Most memory that a target may rent for one initiator.</summary>
internal static class MemoryBound
{
    public static long Of(TargetSessionOptions options, TargetOffers offers)
    {
        // Two sessions, one of them on its way out: their data budget, what is kept for retransmission, unsolicited data of the commands in the window, PDUs that are being received, and answers that
        // wait to be sent, a Reject or sense data for each request of the window and for each Data-Out of its commands.
        long unsolicited = (long)(options.WindowDepth + options.MaxImmediateCommands) * offers.FirstBurstLength;
        return 2 * (options.DataBudgetBytes + options.RetransmissionBytes + unsolicited + (8L * offers.MaxRecvDataSegmentLength) + (64 << 10));
    }
}
