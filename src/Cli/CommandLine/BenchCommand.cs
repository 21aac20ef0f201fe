using System.CommandLine;
using System.CommandLine.Parsing;
using Blockwire.Cli.Benching;
using Blockwire.Cli.Clients;
using Blockwire.Initiator;

namespace Blockwire.Cli.CommandLine;

/// <summary>`blockwire bench`: its options.</summary>
internal static class BenchCommand
{
    private const int DefaultBlock = 4096;
    private const int LargestBlock = 16 << 20;
    private const int DefaultDepth = 32;

    private static readonly Argument<IscsiUrl> Unit = ClientOptions.Url("URL", IscsiUrlPart.LogicalUnit, "The unit to load.");

    private static readonly Option<long?> Block = ClientOptions.Size("--block", "Bytes of one command, up to 16M. Default: 4K.");

    private static readonly Option<int?> Depth = ClientOptions.Number("--depth", $"Commands under way in each session. Default: {DefaultDepth}.", 1, 1024);

    private static readonly Option<bool> Write = new("--write") { Description = "Write only. What the unit holds is lost." };

    private static readonly Option<int?> ReadPercent = ClientOptions.Number("--read-percent", "How many of a hundred commands read; the others write, and what the unit holds is lost. Default: 100.", 0, 100);

    private static readonly Option<TimeSpan?> Time = ClientOptions.Time("--seconds", "How long it is measured, after a second of warming up. Default: 10.");

    private static readonly Option<int?> Sessions = ClientOptions.Number("--sessions", "Sessions. Default: 1.", 1, 64);

    private static readonly Option<bool> Random = new("--random") { Description = "Commands go anywhere on the unit. This is the default." };

    private static readonly Option<bool> Sequential = new("--sequential") { Description = "Each command goes where the one before has ended." };

    public static Command Create()
    {
        Command command = ClientOptions.AddTo(new Command("bench", "Load a logical unit and measure: IOPS, MiB/s, latencies, processor time.")
        {
            Unit, Block, Depth, Write, ReadPercent, Time, Sessions, Random, Sequential,
        });
        command.Validators.Add(Check);
        command.SetAction(static (parsed, _) => ClientRun.RunAsync(
            ClientOptions.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(Unit),
            (context, stop) => BenchRun.RunAsync(context, Read(parsed), stop),
            settings => settings with { CompletesInline = true, QueueDepth = Math.Max(128, parsed.GetValue(Depth) ?? DefaultDepth) }));
        return command;
    }

    private static BenchArguments Read(ParseResult parsed) => new(
        parsed.GetValue(Unit)!,
        (int)(parsed.GetValue(Block) ?? DefaultBlock),
        parsed.GetValue(Depth) ?? DefaultDepth,
        parsed.GetValue(Write) ? 0 : parsed.GetValue(ReadPercent) ?? 100,
        parsed.GetValue(Time) ?? TimeSpan.FromSeconds(10),
        TimeSpan.FromSeconds(1),
        parsed.GetValue(Sessions) ?? 1,
        parsed.GetValue(Sequential));

    private static void Check(CommandResult result)
    {
        if (result.GetResult(Block) is { Errors: var errors } && !errors.Any() && result.GetValue(Block) > LargestBlock)
        {
            result.AddError("--block: at most 16M");
        }

        if (result.GetValue(Write) && result.GetResult(ReadPercent) is not null)
        {
            result.AddError("--write and --read-percent exclude each other");
        }

        if (result.GetValue(Random) && result.GetValue(Sequential))
        {
            result.AddError("--random and --sequential exclude each other");
        }
    }
}
