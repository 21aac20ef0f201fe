using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using Blockwire.Initiator;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Naming;
using Blockwire.Testing;
using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>
/// Goal: at recovery level 2 tasks of a lost connection go on over another one at the Linux kernel's target (LIO): logout with reason 2, then TASK REASSIGN (RFC 7143 §7.2.2).
/// Method: one connection of four is reset, again and again, until tasks were reassigned; then the capture is read.
/// </summary>
/// <remarks>
/// The kernel does not survive it for long: it accounts a reassigned task to the connection that it has freed. So each test has a guest of its own, what counts is what was seen
/// before the first sign of that, and nothing is concluded from silence: reassigned tasks must have ended with their status on the wire.
/// </remarks>
public sealed class LioReassignTests
{
    private const int DiskBytes = 4 << 20;
    private const int MostCuts = 8;

    [Fact]
    [Rule("logout/L41")]
    public async Task Tasks_go_on_over_another_connection()
    {
        Outcome outcome = await RunAsync(PeerQuirks.Lio, static it => it.Event == InitiatorEvent.TaskReassigned);
        int[] ended = [.. outcome.Reassigned.Where(outcome.EndedWell)];
        Assert.True(ended.Length > 0, $"{outcome.Reassigned.Count} TASK REASSIGN, none of the tasks ended with a status");
        Assert.Contains(outcome.Notices, static it => it is { Event: InitiatorEvent.ConnectionRecovered, Why: "its commands go on elsewhere" });
    }

    [Fact]
    public async Task Without_the_quirk_the_rule_stays_and_commands_are_begun_anew()
    {
        // The target has reassigned what it says it refused, and its kernel may die before it answers the ABORT TASK that follows.
        Assert.SkipUnless(Environment.GetEnvironmentVariable("BLOCKWIRE_LIO_PANICS") == "1", "the target's kernel often dies first; BLOCKWIRE_LIO_PANICS=1 runs it");
        Outcome outcome = await RunAsync(
            PeerQuirks.None, static it => it.Event == InitiatorEvent.CommandRepeated && it.Why.Contains("refused to go on with it", StringComparison.Ordinal));
        Assert.NotEmpty(outcome.Reassigned);
        Assert.True(outcome.Notices.Count(static it => it.Event == InitiatorEvent.TaskReassigned) < outcome.Reassigned.Count, "what was refused went on all the same");
    }

    private static async Task<Outcome> RunAsync(PeerQuirks quirks, Func<InitiatorNotice, bool> until)
    {
        await using LioGuest lio = new();
        await lio.StartAsync();
        RealTarget target = lio.Target("level2") with { Quirks = quirks };
        await using FaultProxy proxy = new(target.Portal);
        using Capture capture = new();
        IscsiSessionOptions options = target.Options(connections: 4);
        IscsiSession session = await OpenSessions.OpenAsync(options with { Portals = [PortalAddress.From(proxy.Portal)], Tap = capture });
        Outcome outcome = new();
        session.Noticed += (_, told) => outcome.Notices.Enqueue(told.Notice);
        VerifiedLoad load = new(DiskBytes);
        using CancellationTokenSource enough = new();
        Task working;
        string[] errors;
        try
        {
            LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(target.Lun));
            working = load.RunAsync(unit, enough.Token);
            Random random = new(5);
            for (int cut = 0; cut < MostCuts && !outcome.Has(until); cut++)
            {
                await Task.Delay(200);
                proxy.Cut(random, reset: true);
                Stopwatch watch = Stopwatch.StartNew();
                while (watch.Elapsed < TimeSpan.FromSeconds(3) && !outcome.Has(until))
                {
                    await Task.Delay(10);
                }
            }

            await Task.Delay(1000); // what goes on ends
            errors = [.. load.Errors];
            await enough.CancelAsync();
        }
        finally
        {
            session.Abandon();
        }

        await working.WaitAsync(RealTarget.Limit); // a wrong block shows here
        capture.Close();
        Assert.Empty(errors);
        Assert.True(outcome.Has(until), "what is wanted was not seen");
        await capture.AssertWellFormedAsync(proxy.Portal.Port);
        capture.AssertWeKeepTheRules();
        IReadOnlyList<string> logouts = await capture.TsharkAsync(proxy.Portal.Port, "iscsi.opcode == 0x06", "iscsi.logout.reason");
        Assert.Contains(logouts, static it => it.Contains("0x02", StringComparison.Ordinal));
        IReadOnlyList<string> functions = await capture.TsharkAsync(proxy.Portal.Port, "iscsi.opcode == 0x02", "iscsi.taskmanfun.function");
        Assert.Contains(functions, static it => it.Contains("0x08", StringComparison.Ordinal));
        outcome.Pdus = capture.Decode();
        return outcome;
    }

    private sealed class Outcome
    {
        public ConcurrentQueue<InitiatorNotice> Notices { get; } = new();

        public IReadOnlyList<TracedPdu> Pdus { get; set; } = [];

        /// <summary>Places of the requests for reassignment in the capture.</summary>
        public IReadOnlyList<int> Reassigned => [.. Enumerable.Range(0, Pdus.Count).Where(at => Pdus[at] is { FromInitiator: true, Opcode: Opcode.TaskManagementRequest } pdu && (pdu.BasicHeader[1] & 0x7F) == 8)];

        public bool Has(Func<InitiatorNotice, bool> what) => Notices.Any(what);

        /// <summary>The task got GOOD on the connection that it was brought to.</summary>
        public bool EndedWell(int request)
        {
            TracedPdu asked = Pdus[request];
            uint tag = BinaryPrimitives.ReadUInt32BigEndian(asked.BasicHeader[20..]);
            return Pdus.Skip(request).Any(it => it.Connection == asked.Connection && !it.FromInitiator && it.Header.InitiatorTaskTag == tag
                && (it.Opcode == Opcode.ScsiResponse || (it.Opcode == Opcode.DataIn && (it.BasicHeader[1] & 1) != 0)) && it.BasicHeader[3] == 0);
        }
    }
}
