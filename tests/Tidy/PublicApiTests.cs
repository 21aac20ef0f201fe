using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Blockwire.Testing;

namespace Blockwire.Tidy.Tests;

/// <summary>
/// Goal: nobody changes what users compile against without seeing it. Method: the public surface of each library is written down under docs/api; a page that differs from
/// the library fails. After a change that is wanted, run these tests with BLOCKWIRE_WRITE_DOCS=1.
/// </summary>
public sealed class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static TheoryData<string> Libraries => [.. Directory.EnumerateDirectories(Repository.At("src")).Select(static it => Path.GetFileName(it)).Where(static it => it != "Cli")];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_surface_is_the_one_written_down(string library)
    {
        Assembly assembly = Assembly.Load($"Blockwire.{library}");
        string surface = Describe(assembly);
        string path = Repository.At($"docs/api/{library}.txt");
        if (Environment.GetEnvironmentVariable("BLOCKWIRE_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, surface);
        }

        Assert.True(File.Exists(path), $"docs/api/{library}.txt is missing: run the tests with BLOCKWIRE_WRITE_DOCS=1");
        string[] written = File.ReadAllLines(path);
        string[] actual = surface.TrimEnd('\n').Split('\n');
        WorkingCopy.AssertNone(
            written.Except(actual).Select(static it => $"- {it}").Concat(actual.Except(written).Select(static it => $"+ {it}")),
            $"The public surface of Blockwire.{library} has changed; if that is wanted, run the tests with BLOCKWIRE_WRITE_DOCS=1:");
    }

    private static string Describe(Assembly assembly)
    {
        StringBuilder text = new();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(static it => it.FullName, StringComparer.Ordinal))
        {
            text.Append(Head(type)).Append('\n');
            foreach (string member in type.GetMembers(Declared).Where(static it => it is PropertyInfo || !it.IsDefined(typeof(CompilerGeneratedAttribute), false)).Select(Member).OfType<string>().Distinct().Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(Name(type)).Append('.').Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        string kind = type.IsEnum ? $"enum : {Name(Enum.GetUnderlyingType(type))}" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsValueType ? "struct" : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        return $"{Name(type)} ({kind})";
    }

    private static string? Member(MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } constant when IsVisible(constant) => $"{constant.Name} = {constant.GetRawConstantValue()}",
        FieldInfo field when IsVisible(field) => $"{field.Name} : {Name(field.FieldType)}",
        ConstructorInfo constructor when IsVisible(constructor) => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsVisible(method) && !method.Name.Contains('<', StringComparison.Ordinal) => $"{(method.IsStatic ? "static " : "")}{method.Name}{Generics(method)}({Parameters(method)}) : {Name(method.ReturnType)}",
        MethodInfo { IsSpecialName: true } operation when IsVisible(operation) && operation.Name.StartsWith("op_", StringComparison.Ordinal) => $"static {operation.Name}({Parameters(operation)}) : {Name(operation.ReturnType)}",
        PropertyInfo property when property.GetAccessors(nonPublic: true).Where(IsVisible).ToArray() is { Length: > 0 } accessors =>
            $"{property.Name} : {Name(property.PropertyType)} {{ {string.Join(' ', accessors.Select(Accessor).Order(StringComparer.Ordinal))} }}",
        EventInfo { AddMethod: { } add } happening when IsVisible(add) => $"event {happening.Name} : {Name(happening.EventHandlerType!)}",
        _ => null,
    };

    private static string Accessor(MethodInfo accessor) => accessor.Name.StartsWith("get_", StringComparison.Ordinal) ? "get;"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Any(static it => it.Name == "IsExternalInit") ? "init;" : "set;";

    private static bool IsVisible(FieldInfo field) => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Generics(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(static it => it.Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(static it =>
        $"{(it.IsOut ? "out " : it.ParameterType.IsByRef ? it.IsIn ? "in " : "ref " : "")}{Name(it.ParameterType)} {it.Name}{(it.HasDefaultValue ? $" = {it.DefaultValue ?? "null"}" : "")}"));

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsArray)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : "");
        }

        string name = type.IsGenericParameter ? type.Name : (type.DeclaringType is { } outer ? $"{Name(outer)}." : $"{Space(type)}") + type.Name.Split('`')[0];
        return type.IsGenericType && type.DeclaringType is null ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }

    private static string Space(Type type) => type.Namespace is { } space && space.StartsWith("Blockwire", StringComparison.Ordinal) ? $"{space}." : "";
}
