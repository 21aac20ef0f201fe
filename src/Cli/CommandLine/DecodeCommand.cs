using System.CommandLine;
using Blockwire.Cli.Decoding;

namespace Blockwire.Cli.CommandLine;

/// <summary>`blockwire decode`: its options.</summary>
internal static class DecodeCommand
{
    private static readonly Argument<FileInfo?> File = new("FILE")
    {
        Description = "A capture (pcap, pcapng), or PDUs as bytes or as hexadecimal text (xxd, hexdump -C, what Wireshark and tshark copy, plain digits). "
            + "Without it, or with -, standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Brief = new("--brief") { Description = "One line for each PDU." };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object on a line for each PDU (docs/DECODE.md)." };

    private static readonly Option<bool> OnlyProblems = new("--only-problems") { Description = "Only PDUs that break a rule." };

    public static Command Create()
    {
        Command command = new("decode", "Put the PDUs of a capture into words, and flag what breaks a rule of RFC 7143.")
        {
            File, Brief, Json, OnlyProblems,
        };
        command.Validators.Add(static result =>
        {
            if (result.GetValue(Brief) && result.GetValue(Json))
            {
                result.AddError("--brief and --json exclude each other");
            }
        });
        command.SetAction(static parsed => DecodeRun.Run(Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static DecodeArguments Read(ParseResult parsed) => new(
        parsed.GetValue(File) is { } file && file.ToString() != "-" ? file : null,
        parsed.GetValue(Json) ? DecodeForm.Json : parsed.GetValue(Brief) ? DecodeForm.Brief : DecodeForm.Full,
        parsed.GetValue(OnlyProblems));
}
